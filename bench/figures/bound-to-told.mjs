import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { JOBS, median, ms, pm, pmInBackground, preciseNow, project } from '../stage.mjs';

export const title = 'a server binds its port until pm start --wait-ready says so (p50): tcp; http';
export const budget = '50 ms; 50 ms';

const TRIALS = 15;

export async function measure() {
  const cwd = project();
  process.env.BOUND_AT = `${cwd}/bound-at`;
  const late = {};
  for (const [kind, spec] of Object.entries({ tcp: 'tcp:{port}', http: 'http:http://127.0.0.1:{port}/' })) {
    late[kind] = [];
    for (let i = 0; i < TRIALS; i++) {
      process.env.LATE_MS = String(1_000 + i * 97); // at another phase of the asking each time
      const options = ['--port', 'auto', '--ready', spec, '--wait-ready'];
      const start = pmInBackground(cwd, 'start', 'web', ...options, '--', process.execPath, `${JOBS}/bind-late.mjs`);
      await once(start.stdout, 'data');
      late[kind].push(preciseNow() - Number(readFileSync(`${cwd}/bound-at`, 'utf8')));
      await once(start, 'exit');
      pm(cwd, 'stop', 'web', '--force');
    }
  }
  const [tcp, http] = [median(late.tcp), median(late.http)];
  return {
    value: `${ms(tcp)}; ${ms(http)}`,
    within: tcp <= 50 && http <= 50,
    detail: `${TRIALS} servers each, which bind after 1.0 to 2.4 s; slowest ${ms(Math.max(...late.tcp, ...late.http))}`,
  };
}

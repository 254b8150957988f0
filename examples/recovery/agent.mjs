// A small agent. `agent.mjs first` starts the job and waits. `agent.mjs next` calls `pm recover` and acts on the advice.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const main = process.env.PM_MAIN ?? fileURLToPath(new URL('../../apps/cli/dist/main.cjs', import.meta.url));
const job = fileURLToPath(new URL('work.sh', import.meta.url));

const ask = (verb, ...args) => {
  console.log(`$ pm ${[verb, ...args].join(' ')}`);
  const { stdout, error } = spawnSync(process.execPath, [main, verb, '--json', ...args], { encoding: 'utf8' });
  if (error) throw error;
  return JSON.parse(stdout);
};
const tell = ({ step, outcome = 'is running', advice = 'wait', evidence }) =>
  console.log(`  ${step}: ${outcome} (${evidence}) → ${advice}`);

if (process.argv[2] === 'first') {
  ask('start', 'work', '--timeout', '1s', '--beat', '200ms', '--grace', '500ms', '--', job);
  ask('wait', 'work', '--ignore', 'deadline');
} else {
  const { runs } = ask('recover');
  if (runs.length === 0) console.log('  nothing new');
  for (const run of runs) {
    tell(run);
    if (run.advice !== 'raise-limit') continue;
    const { runs: ended } = ask('start', run.step, '--wait', '--timeout', '1m', '--', ...run.command);
    ended.forEach(tell);
  }
}

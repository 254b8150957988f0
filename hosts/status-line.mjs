// The status line that `pm init --host claude --status-line` sets, in a real session: it shows a run that somebody else started, and how it
// ended, while nobody types; --remove takes it away.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { makeJob } from './job.mjs';
import { until } from './machine/until.mjs';
import { makeWorld, readIf } from './machine/world.mjs';
import { serveModel } from './model/serve.mjs';
import { openSession } from './session.mjs';

/** @returns `failed` with the reason, or how long the ending took to the screen, ms, and the line that was shown */
export async function statusLine({ host: whole, binary, node }) {
  const host = { ...whole, ...whole.bare };
  const world = makeWorld({ node });
  const model = await serveModel();
  const pm = (...args) => {
    const done = spawnSync(join(world.bin, 'pm'), args, { cwd: world.project, env: world.env, encoding: 'utf8' });
    if (done.status !== 0) throw new Error(`pm ${args.join(' ')}: ${done.stderr}`);
    return done.stdout;
  };
  let session;
  try {
    const job = makeJob(world, { exit: 67, waits: true });
    host.prepare({ world, model });
    pm('init', '--host', 'claude', '--trust', '--status-line', '--yes');
    session = await openSession({ host, world, binary, model, session: 'only' });
    const shown = (pattern) => () =>
      session.terminal
        .screen()
        .split('\n')
        .find((line) => pattern.test(line));
    const see = (pattern, what) =>
      until(shown(pattern), { what: () => `${what}\n${session.terminal.screen()}`, ms: 60_000 });
    pm('start', 'orders', '--', 'sh', 'job.sh');
    await job.began();
    await see(/\b1 running/, 'the run in the status line');
    job.release();
    await until(() => job.finished(), { what: 'the job to end', ms: 30_000 });
    const from = Date.now();
    const line = await see(/1 failed: orders/, 'the failure in the status line');
    const ms = Date.now() - from;
    pm('init', '--host', 'claude', '--remove', '--yes');
    const settings = readIf(join(world.project, '.claude/settings.local.json'));
    if (settings.includes('statusLine')) return { failed: 'not removed', why: settings };
    return { ms, line: line.trim() };
  } catch (error) {
    return { failed: 'broken', why: error.message };
  } finally {
    await session?.close();
    await world.close();
    await model.close();
  }
}

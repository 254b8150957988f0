// An ending that nobody waits for reaches the thread of Codex that has started the run, by `codex queue`: in an idle session, and after the
// window was closed. The line has no output of the job.
import { spawnSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { makeJob } from './job.mjs';
import { until } from './machine/until.mjs';
import { makeWorld } from './machine/world.mjs';
import { serveModel } from './model/serve.mjs';
import { openSession } from './session.mjs';

const QUEUED = /Process Monitor: orders failed with exit code 67[^"]*/;

export const WHEN = ['the session is idle', 'the window is closed, then codex resume'];

/** @returns `failed` with the reason, or how long the ending took to the model, ms, and the line that it got */
export async function codexQueue({ host: whole, binary, node, when }) {
  const host = { ...whole, ...whole.bare };
  const world = makeWorld({ node });
  const model = await serveModel();
  const sessions = [];
  const open = async (name, resume) => {
    const session = await openSession({ host, world, binary, model, session: name, resume });
    sessions.push(session);
    return session;
  };
  const heard = () => model.requests.flatMap((request) => request.heard).find((text) => QUEUED.test(text));
  try {
    symlinkSync(binary, join(world.bin, 'codex')); // people have it on the PATH
    const job = makeJob(world, { exit: 67, waits: true });
    const words = ['init', '--host', 'codex', '--trust', '--notify', '--yes'];
    const written = spawnSync(join(world.bin, 'pm'), words, { cwd: world.project, env: world.env, encoding: 'utf8' });
    if (written.status !== 0) return { failed: 'not written', why: written.stderr };
    host.prepare({ world, model });
    const first = await open('first', false);
    await first.greet();
    await first.ask('Do your work.', 2, [host.tool('start_run', { step: 'orders', command: ['sh', 'job.sh'] })]);
    await job.began();
    if (when !== WHEN[0]) await first.end('SIGTERM');
    job.release();
    await until(() => job.finished(), { what: 'the job to end', ms: 30_000 });
    const from = Date.now();
    if (when !== WHEN[0]) {
      const told = () => ledgerOf(world).includes('delivered');
      await until(told, { what: () => `the delivery\n${ledgerOf(world)}`, ms: 60_000 });
      await open('second', true);
    }
    await until(heard, { what: () => `the ending\n${ledgerOf(world)}\n${sessions.at(-1).explain()}`, ms: 60_000 });
    const [line] = QUEUED.exec(heard());
    return { ms: Date.now() - from, line };
  } catch (error) {
    return { failed: 'broken', why: error.message };
  } finally {
    for (const session of sessions) await session.close();
    await world.close();
    await model.close();
  }
}

function ledgerOf(world) {
  const { stdout, stderr } = spawnSync(join(world.bin, 'pm'), ['status', 'orders', '--json'], {
    cwd: world.project,
    env: { ...world.env, PM_SESSION: 'harness' },
    encoding: 'utf8',
  });
  return stdout + stderr;
}

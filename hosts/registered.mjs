// What `pm init --host` writes, in the real host: the host lists the server, a session calls a tool without asking, and --remove leaves
// nothing behind. The hosts have no other configuration of pm, no plugin and no permission but what was written.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { makeJob } from './job.mjs';
import { until } from './machine/until.mjs';
import { makeWorld } from './machine/world.mjs';
import { serveModel } from './model/serve.mjs';
import { openSession } from './session.mjs';

/**
 * Sets a host up by `pm init`, as it is called in a shell of the project.
 * @returns `failed` with the reason, or the figures: the line by which the host lists the server, and its calls
 */
export async function registered({ name, host: whole, binary, node }) {
  const host = { ...whole, ...whole.bare };
  const world = makeWorld({ node });
  const model = await serveModel();
  const pm = (...args) =>
    spawnSync(join(world.bin, 'pm'), args, { cwd: world.project, env: world.env, encoding: 'utf8' });
  let session;
  try {
    host.prepare({ world, model });
    const { env, program } = host.launch({ world, binary, model });
    const before = readdirSync(world.project);
    const written = pm('init', '--host', name, '--trust', '--yes');
    if (written.status !== 0) return { failed: 'not written', why: written.stderr };
    const listed = spawnSync(program[0], [...program.slice(1), 'mcp', 'list'], {
      cwd: world.project,
      env: { ...world.env, ...env },
      encoding: 'utf8',
      timeout: 120_000,
    });
    const lines = `${listed.stdout}\n${listed.stderr}`.split('\n').filter((line) => /pm-mcp|\bpm\b/.test(line));
    if (lines.length === 0) return { failed: 'not listed', why: listed.stdout + listed.stderr };
    makeJob(world, {});
    session = await openSession({ host, world, binary, model, session: 'only' });
    await session.greet();
    await session.say('Do your work.', [
      ...host.loading('start_run'),
      host.tool('start_run', { step: 'orders', command: ['sh', 'job.sh'], wait: true }),
    ]);
    const told = () =>
      /"?outcome"?\\?"?: ?\\?"?success|success/.test(session.requests().at(-1)?.heard.at(-1) ?? '') &&
      session.requests().length > 2;
    await until(told, { what: () => `the outcome\n${session.explain()}`, ms: 60_000 });
    await session.close();
    const removed = pm('init', '--host', name, '--remove', '--yes');
    const left = readdirSync(world.project).filter(
      (file) => !before.includes(file) && !/^(job|\.pm|orders)/.test(file),
    );
    return { listed: lines[0].trim(), calls: session.requests().length - 1, removed: removed.stdout, left };
  } catch (error) {
    return { failed: 'broken', why: error.message };
  } finally {
    await session?.close();
    await world.close();
    await model.close();
  }
}

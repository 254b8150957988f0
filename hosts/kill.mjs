// The kill matrix: the host goes in the middle of a run. Does the job live, and does a model hear how it ended?

import { makeJob, tells } from './job.mjs';
import { atOnce } from './machine/at-once.mjs';
import { until } from './machine/until.mjs';
import { makeWorld } from './machine/world.mjs';
import { serveModel } from './model/serve.mjs';
import { openSession } from './session.mjs';

const ENDS = ['SIGKILL', 'SIGTERM', 'SIGHUP', 'closed terminal', 'exit', 'exit, unused session', 'stopped task'];
const STARTS = {
  'MCP, wait': (host, step) => [
    ...host.loading('start_run'),
    host.tool('start_run', { step, command: ['sh', 'job.sh'], timeout: '10m', wait: true }),
  ],
  'shell, pm start --wait': (host, step) => [
    host.shell(`pm start --wait ${step} --timeout 10m -- sh job.sh`, { background: true }),
  ],
  'shell, pm start': (host, step) => [host.shell(`pm start ${step} --timeout 10m -- sh job.sh`)],
};

/** Every way to start with every way to end, `trials` times each. */
export async function killMatrix({ host, binary, node, trials, atOnce: width, start, end, report }) {
  const tasks = [];
  for (let trial = 0; trial < trials; trial++)
    for (const s of Object.keys(STARTS).filter(start))
      for (const e of ENDS.filter(end)) if (isPossible(host, s, e)) tasks.push(() => one(s, e, trial));
  return await atOnce(width, tasks);

  async function one(start, end, trial) {
    const row = await killTrial({ host, binary, node, start, end, trial }).catch((error) => ({
      state: 'broken',
      by: error.message,
    }));
    report(`${host.name} | ${start} | ${end} | ${trial} | ${row.state}: ${row.by}`);
    return { start, end, trial, ...row };
  }
}

function isPossible(host, start, end) {
  return end !== 'stopped task' || (host.stopping !== undefined && start !== 'shell, pm start');
}

/**
 * One trial. Resolves with its `state` and `by` what: `told` (a model heard the ending), `lost` (the job ended, and no model heard), `killed` (the
 * job did not reach its end). Every second trial resumes the old session; every third lets the job end about when the host goes.
 */
async function killTrial({ host, binary, node, start, end, trial }) {
  const world = makeWorld({ node });
  const model = await serveModel();
  const step = `work${trial}x${Math.random().toString(36).slice(2, 6)}`;
  const job = makeJob(world, { exit: trial % 2 === 0 ? 67 : 0, waits: true });
  const told = () => model.requests.some(({ heard }) => tells(heard.join('\n'), step, job.exit));
  const open = [];
  const session = async (name, resume) => {
    const opened = await openSession({ host, world, binary, model, session: name, resume });
    open.push(opened);
    return opened;
  };
  try {
    host.prepare({ world, model });
    const first = await session('first', false);
    await first.greet();
    const turns = STARTS[start](host, step);
    const from = await first.say('Run the job.', turns);
    await job.began(first.explain);
    if (!host.blocks(start))
      await until(() => model.requests[from + turns.length]?.turn, { what: 'the start to be answered' });
    if (trial % 3 === 2) setTimeout(job.release, Math.random() * 1_500);
    await goAway({ session: first, host, end });
    if (!job.lives() && !job.finished()) return { state: 'killed', by: 'with the host' };
    job.release();
    await until(() => job.finished() || !job.lives(), { what: 'the job to end' });
    if (!job.finished()) return { state: 'killed', by: 'after the host' };
    if (told()) return { state: 'told', by: 'by the old session' };
    if (end === 'exit, unused session') await leave(await session('unused', trial % 2 === 0), host);
    return await hearNext({ session, host, model, told, resume: trial % 2 === 0 });
  } finally {
    for (const one of open) await one.close();
    await world.close();
    await model.close();
  }
}

async function goAway({ session, host, end }) {
  if (end === 'stopped task') {
    await session.ask('Stop waiting.', 2, [host.stopping(session.requests().at(-1).results)]);
    return await leave(session, host);
  }
  if (end.startsWith('exit')) return await leave(session, host);
  if (end !== 'closed terminal') return await session.end(end);
  session.terminal.close();
  await until(() => !session.lives(), { what: 'the host to end' });
}

/** Leaves by the host's own word. A host may refuse it while a call runs: then the call is broken off first, as a person does. */
async function leave(session, host) {
  if (host.isBusy?.(session.terminal.screen())) {
    session.terminal.press('Escape');
    await until(() => !host.isBusy(session.terminal.screen()), { what: 'the call to be broken off' });
  }
  session.terminal.type(host.exit);
  await until(() => session.terminal.screen().includes(host.exit), { what: host.exit });
  for (let tries = 0; session.lives() && tries < 20; tries++) {
    session.terminal.press('Enter');
    await until(() => !session.lives(), { what: 'the host to leave', ms: 1_000 }).catch(() => undefined);
  }
  if (session.lives()) throw new Error(`${host.exit} did not end the host\n${session.explain()}`);
}

/** What the model of the next session hears: without a prompt, with the first one, or when it asks. */
async function hearNext({ session, host, model, told, resume }) {
  const next = await session('next', resume);
  if (resume && host.canWake && (await until(told, { what: 'a wake', ms: 12_000 }).catch(() => false)))
    return { state: 'told', by: 'woken' };
  let asked;
  await next.say('Tell me how the job ended.', ({ n }) => {
    if (told() || asked !== undefined) return undefined;
    asked = n;
    return host.shell('pm recover');
  });
  if (told()) return { state: 'told', by: 'at the start' };
  await until(() => model.requests.length > asked + 1, {
    what: () => `the answer of pm recover\n${next.explain()}`,
  });
  return told()
    ? { state: 'told', by: 'pm recover' }
    : { state: 'lost', by: model.requests.at(-1).results.at(-1)?.slice(0, 300) };
}

// What an agent does about a job, as a scripted model: it starts it, waits for its ending, reads the log, repairs the cause, starts it again.

import { CAUSE, makeJob, tells } from './job.mjs';
import { atOnce } from './machine/at-once.mjs';
import { until } from './machine/until.mjs';
import { makeWorld } from './machine/world.mjs';
import { serveModel } from './model/serve.mjs';
import { openSession } from './session.mjs';
import { LIMIT, waysOf } from './ways.mjs';

const STEP = 'orders';

export const STORIES = ['success', 'fail, logs, fix, success', 'over its time limit', 'host killed, next session'];

/** Every story in every way. A row with `failed` says what went wrong. */
export async function runStories({ host, binary, node, atOnce: width, only, story, report }) {
  const tasks = Object.entries(waysOf(host))
    .filter(([name]) => only(name))
    .flatMap(([name, way]) => STORIES.filter(story).map((one) => () => row(name, way, one)));
  return await atOnce(width, tasks);

  async function row(name, way, one) {
    const result = await runStory({ host, binary, node, story: one, way }).catch((error) => ({
      failed: 'broken',
      why: error.message,
    }));
    report(`${host.name} | ${name} | ${one} | ${JSON.stringify(result)}`);
    return { way: name, story: one, forComparison: way.isForComparison === true, ...result };
  }
}

/** Runs one story in one way. Resolves with its calls, polls, bytes of messages and of tools loaded meanwhile. */
export async function runStory({ host, binary, node, story, way }) {
  const world = makeWorld({ node });
  const model = await serveModel();
  const open = [];
  const session = async (name, phases) => {
    const script = scriptOf(phases, host);
    const opened = await openSession({ host, world, binary, model, session: name });
    open.push(opened);
    await opened.greet();
    const base = await opened.say('Do your work.', script.next);
    return { ...opened, script, made: () => model.requests.slice(base) };
  };
  try {
    host.prepare({ world, model });
    const made = { world, host, way, session };
    if (story === STORIES[0]) return await plain(made, {}, [ending(way.start('10m'), way, 0)]);
    if (story === STORIES[1]) return await plain(made, { needs: 'total.sql' }, failing(way, host));
    if (story === STORIES[2]) return await plain(made, { forever: true }, [ending(way.start(LIMIT), way, 'late')]);
    return await orphaned(made);
  } finally {
    for (const one of open) await one.close();
    await world.close();
    await model.close();
  }
}

async function plain({ world, session }, job, phases) {
  makeJob(world, job);
  const { made, script, explain } = await session('only', phases);
  await until(() => script.over() || script.polls() > 30, {
    what: () => `the story to end\n${explain()}`,
    ms: 240_000,
  });
  if (!script.over()) return { failed: 'never over', why: explain() };
  return figures([made()], script.polls());
}

/** The host is killed in the middle of the run, the job ends, and a new session is opened. */
async function orphaned({ world, way, session }) {
  const job = makeJob(world, { exit: 67, waits: true });
  const first = await session('first', [ending(way.start('10m'), way, 67)]);
  await job.began(first.explain);
  await first.end('SIGKILL');
  const before = first.made();
  job.release();
  await until(() => job.finished() || !job.lives(), { what: 'the job to end' });
  const next = await session('next', [{ turns: [], done: (text) => tells(text, STEP, 67), again: way.recover }]);
  if (way.recover === undefined && !next.script.over()) return { failed: 'lost' }; // there is nothing to ask
  await until(() => next.script.over() || next.script.polls() > 3, {
    what: () => `the ending to be told\n${next.explain()}`,
  });
  if (!next.script.over()) return { failed: 'lost' };
  return figures([before, next.made()], Math.max(0, next.script.polls() - 1));
}

function failing(way, host) {
  const cause = (text) => text.includes(CAUSE);
  const more = [...way.logs];
  return [
    ending(way.start('10m'), way, 1),
    {
      turns: way.logsFirst ?? [],
      done: cause,
      again: (text) => turnOf(more.shift(), [text]),
      isPoll: false,
      skip: cause,
    },
    { turns: [host.shell('touch total.sql')], done: () => true },
    ending(way.start('10m', true), way, 0),
  ];
}

function ending(turns, way, exit) {
  const isOver = (text) => tells(text, STEP, exit) || way.isOver?.(text, exit) === true;
  return { turns, done: exit === 'late' ? way.isLate : isOver, again: way.again };
}

/**
 * Phases as a script. A phase makes its calls, and is over when `done` holds for what the model has heard since; until then it waits if the host
 * promises to wake the model, else it calls `again`, which is a poll.
 */
function scriptOf(phases, host) {
  let phase = 0;
  let queue;
  let mark = 0;
  let polls = 0;
  return { next, over: () => phase >= phases.length, polls: () => polls };

  function next({ heard }) {
    const text = heard.slice(mark).join('\n');
    queue ??= [...phases[0].turns];
    if (queue.length > 0) return turnOf(queue.shift(), heard);
    if (phase === phases.length) return { say: 'Done.' };
    if (phases[phase].done(text)) {
      enter(phase + 1, heard, text);
      return next({ heard });
    }
    if (host.promises?.(text) === true) return { say: 'Waiting.' };
    if (phases[phase].isPoll !== false) polls++;
    return turnOf(phases[phase].again, heard);
  }

  function enter(index, heard, text) {
    phase = index;
    mark = heard.length;
    queue = [...(phases[phase]?.turns ?? [])];
    if (phases[phase]?.skip?.(text) === true) enter(index + 1, heard, text);
  }
}

/** A turn may need what the model has heard: the name of a file with output, for example. */
function turnOf(turn, heard) {
  return typeof turn === 'function' ? turn(heard.join('\n')) : turn;
}

function figures(parts, polls) {
  const sum = (of) => parts.reduce((total, requests) => total + of(requests), 0);
  const grown = (key) => (requests) => Math.max(...requests.map((request) => request[key])) - requests[0][key];
  return {
    calls: sum((requests) => requests.filter(({ turn }) => turn?.call !== undefined).length),
    polls,
    messageBytes: sum(grown('messageBytes')),
    toolBytes: sum(grown('toolBytes')),
    requests: sum(({ length }) => length),
  };
}

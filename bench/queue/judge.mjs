import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { textOf } from '../faults/processes.mjs';

// This file does not use the product's own code: a judge that used it would repeat its errors.

/** What the jobs wrote down, compared with what pm said. @returns counts for a table, and what was broken in words */
export function judged({ facts, dirs, calls, strikes, slots, isStuck }) {
  const wrong = [];
  const jobs = jobsIn(facts);
  const outcomes = outcomesIn(dirs);
  const lost = [...outcomes].filter(([, { outcome }]) => outcome === 'lost');
  if (isStuck) wrong.push('something still waits or runs');
  for (const { step, isTold, out } of calls) {
    const starts = jobs.get(step)?.starts.length ?? 0;
    const ended = outcomes.get(step);
    if (starts > 1) wrong.push(`${step} ran ${starts} times`);
    if (isTold && ended === undefined) wrong.push(`${step} was queued and has no outcome: ${out.trim()}`);
    if (starts === 0 && ended !== undefined && ended.outcome !== 'lost')
      wrong.push(`${step} ended ${ended.outcome}, but never ran`);
    if (starts === 1 && ended === undefined) wrong.push(`${step} ran and has no outcome`);
    if (ended !== undefined && !['success', 'lost'].includes(ended.outcome))
      wrong.push(`${step} ended ${ended.outcome}: ${ended.evidence}`);
  }
  const killedWrappers = new Set(strikes.filter(({ kind }) => kind === 'wrapper').map(({ runId }) => runId));
  for (const [step, { id, evidence }] of lost)
    if (!killedWrappers.has(id)) wrong.push(`${step} is lost, and nobody killed its wrapper: ${evidence}`);
  const most = mostAtOnce([...jobs.values()]);
  if (most > slots) wrong.push(`${most} ran at once`);
  const overtaken = inversions(calls, jobs);
  // A starter that is killed or suspended has a slot already. Meanwhile entries behind it may come and go in the other slots.
  if (overtaken.length > 0 && strikes.length === 0) wrong.push(...overtaken);
  const counts = {
    'starts that answered': calls.filter(({ isTold }) => isTold).length,
    'jobs that ran': jobs.size,
    success: [...outcomes.values()].filter(({ outcome }) => outcome === 'success').length,
    lost: lost.length,
    'most at once': most,
    'overtaken within project and priority': overtaken.length,
    ...struck(strikes),
  };
  return { counts, wrong };
}

function struck(strikes) {
  const counts = {};
  for (const { kind, how } of strikes) counts[`${kind} ${how}`] = (counts[`${kind} ${how}`] ?? 0) + 1;
  return counts;
}

function jobsIn(file) {
  const jobs = new Map();
  for (const line of textOf(file).split('\n').filter(Boolean)) {
    const [word, step, ns] = line.split(' ');
    const job = jobs.get(step) ?? { starts: [], ends: [] };
    jobs.set(step, job);
    job[word === 'start' ? 'starts' : 'ends'].push(Number(ns) / 1e6);
  }
  return jobs;
}

function outcomesIn(dirs) {
  const outcomes = new Map();
  for (const dir of dirs) {
    const runs = join(dir, '.pm', 'runs');
    for (const id of namesIn(runs)) {
      const [run, outcome] = ['run', 'outcome'].map((name) => textOf(join(runs, id, name)));
      if (run !== '' && outcome !== '') outcomes.set(JSON.parse(run).step, { id, ...JSON.parse(outcome) });
    }
  }
  return outcomes;
}

/** The most jobs that ran at the same time, by their own clocks. */
function mostAtOnce(jobs) {
  const instants = jobs.flatMap(({ starts, ends }) => [
    ...starts.map((at) => ({ at, step: 1 })),
    ...ends.map((at) => ({ at, step: -1 })),
  ]);
  instants.sort((a, b) => a.at - b.at || a.step - b.step);
  let now = 0;
  let most = 0;
  for (const { step } of instants) {
    now += step;
    most = Math.max(most, now);
  }
  return most;
}

/** Entries that had come and gone before one began that had been queued earlier, with the same priority, in the same project. */
function inversions(calls, jobs) {
  const found = [];
  for (const early of calls) {
    const began = jobs.get(early.step)?.starts[0];
    if (!early.isTold || began === undefined) continue;
    const late = calls.find(
      (one) =>
        one.project === early.project &&
        one.priority === early.priority &&
        one.begunAt > early.endedAt &&
        (jobs.get(one.step)?.ends[0] ?? Number.POSITIVE_INFINITY) < began,
    );
    if (late !== undefined) found.push(`${late.step} was queued after ${early.step} and ended before that began`);
  }
  return found;
}

function namesIn(path) {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

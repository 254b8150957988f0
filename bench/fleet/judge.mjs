import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { textOf } from '../faults/processes.mjs';

// This file does not use the product's own code: a judge that used it would repeat its errors.

/**
 * What the jobs wrote down, compared with what the submitters were told.
 * @param entries those that were submitted: step, project, status of the job, whether it may run again
 * @returns counts for a table, latencies, and what was broken in words
 */
export function judged({ facts, projects, entries, strikes, leaseMs, isStuck, left }) {
  const wrong = [];
  const runs = executionsIn(facts);
  const books = booksOf(projects);
  const kinds = { success: 0, failed: 0, lost: 0 };
  let [rerunAgain, lostAfterEnd, overlaps, twice] = [0, 0, 0, 0];
  const verdicts = [];
  const late = [];
  const reasons = {};
  if (isStuck) wrong.push('something still waits or runs');
  for (const what of left) wrong.push(`left: ${what}`);
  for (const entry of entries) {
    const { step, project, status, mayRerun } = entry;
    const own = books.filter((one) => one.project === project && one.step === step);
    if (own.length === 0) wrong.push(`${step} is in no book: ${entry.out}`);
    // A start whose answer was an error may have been done all the same. It is asked again, and that is another entry.
    if (own.length > 1 && entry.tries === 1) wrong.push(`${step} has ${own.length} runs`);
    for (const { id, outcome, atMs } of own) {
      // A host that runs an entry again, which it has lost, does so under another id.
      const executions = runs.filter((one) => one.id === id || (own.length === 1 && one.step === step));
      const ended = executions.filter((one) => one.status !== undefined);
      if (executions.length > 1) {
        if (mayRerun || entry.tries > 1) rerunAgain += 1;
        else {
          twice += 1;
          wrong.push(`${step} ran ${executions.length} times and may not run again`);
        }
      }
      for (const pair of overlapsOf(executions)) {
        overlaps += 1;
        wrong.push(`${step} overlaps with itself for ${pair.ms.toFixed(0)} ms: ${pair.names}`);
      }
      if (outcome === undefined) {
        wrong.push(`${step} has no outcome`);
        continue;
      }
      const { outcome: kind, exitCode, reason, evidence } = outcome;
      kinds[kind] = (kinds[kind] ?? 0) + 1;
      if (kind === 'success' && !ended.some((one) => one.status === 0)) wrong.push(`false success of ${step}`);
      if (kind === 'failed' && !(ended.some((one) => one.status === 3) && exitCode === 3 && status === 3))
        wrong.push(`false failure of ${step}: ${evidence}`);
      if (kind !== 'lost' && kinds[kind] !== undefined && !['success', 'failed'].includes(kind))
        wrong.push(`${step} ended ${kind} (${reason}): ${evidence}`);
      if (kind !== 'lost') continue;
      reasons[reason ?? 'no reason'] = (reasons[reason ?? 'no reason'] ?? 0) + 1;
      if (ended.length > 0) lostAfterEnd += 1;
      const [cause] = causesOf(executions, strikes, id, atMs, leaseMs);
      // On a machine that is too busy, a worker may be late for its lease: that is told as lost, which is true.
      if (cause === undefined) late.push(`${step}: ${evidence}`);
      else if (executions.length <= 1)
        verdicts.push({ cause: `${cause.kind} ${cause.how}`, ms: atMs - cause.at, step });
    }
  }
  const counts = {
    entries: entries.length,
    'executions of jobs': runs.length,
    success: kinds.success,
    failed: kinds.failed,
    lost: kinds.lost,
    'lost, for reason':
      Object.entries(reasons)
        .map(([name, n]) => `${name} ${n}`)
        .join(', ') || '-',
    'lost although the job had ended': lostAfterEnd,
    'lost without a fault: too busy a machine': late.length,
    'run again after a loss': rerunAgain,
    'ran twice, not allowed': twice,
    'overlaps of two executions': overlaps,
    strikes: strikes.length,
    ...struck(strikes),
  };
  return { counts, wrong, late, verdicts: tableOf(verdicts) };
}

/** The strikes that can have cost an execution its lease or its wrapper. The first one is where the time to the verdict begins. */
function causesOf(executions, strikes, id, verdictMs, leaseMs) {
  const hosts = new Set(executions.map(({ host }) => host));
  const from = Math.min(...executions.map(({ beganMs }) => beganMs), verdictMs) - leaseMs;
  return strikes
    .filter(({ kind, how, host, at, until = at, runId }) => {
      if (until < from || at > verdictMs || kind === 'submitter') return false;
      if (kind === 'wrapper' && how === 'killed') return runId === id || executions.some((one) => one.id === runId);
      return kind === 'engine' || executions.length === 0 || hosts.has(host);
    })
    .sort((a, b) => weight(a) - weight(b) || b.at - a.at);
}

/** A death explains a loss better than what may have passed. */
function weight({ kind, how }) {
  return how === 'killed' && ['wrapper', 'worker', 'host'].includes(kind) ? 0 : kind === 'resident' ? 2 : 1;
}

function struck(strikes) {
  const counts = {};
  for (const { kind, how } of strikes) counts[`${kind} ${how}`] = (counts[`${kind} ${how}`] ?? 0) + 1;
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => a.localeCompare(b)));
}

function executionsIn(facts) {
  return readdirSync(facts).flatMap((name) => {
    const lines = textOf(join(facts, name)).split('\n').filter(Boolean);
    if (lines.length === 0) return [];
    const at = lines.map((line) => Number(line.split(' ')[1]));
    const [, , wall, id] = lines[0].split(' ');
    const [step, host] = name.split('.');
    const status = lines.at(-1).match(/^end-(\d+)/)?.[1];
    const end = status === undefined ? {} : { status: Number(status) };
    return [{ name, step, host, id, begin: at[0], last: at.at(-1), beganMs: Number(wall), ...end }];
  });
}

/** Two executions of one entry that were alive at the same time. */
function overlapsOf(executions) {
  const inOrder = executions.toSorted((a, b) => a.begin - b.begin);
  return inOrder.flatMap((late, n) =>
    inOrder
      .slice(0, n)
      .filter((early) => early.last > late.begin)
      .map((early) => ({ ms: early.last - late.begin, names: `${early.name}, ${late.name}` })),
  );
}

/** Every run that a submitter has on its books: also those that wait. */
function booksOf(projects) {
  return projects.flatMap((project) => {
    const [runs, queued] = ['runs', 'queued'].map((name) => join(project, '.pm', name));
    const begun = namesIn(runs).map((id) => {
      const [run, outcome] = ['run', 'outcome'].map((name) => textOf(join(runs, id, name)));
      const { step } = run === '' ? {} : JSON.parse(run);
      const ended =
        outcome === '' ? {} : { outcome: JSON.parse(outcome), atMs: statSync(join(runs, id, 'outcome')).mtimeMs };
      return { project, id, step, ...ended };
    });
    const waiting = namesIn(queued).map((step) => ({ project, step: basename(step), id: 'waits' }));
    return [...begun, ...waiting];
  });
}

/** p50 and the most of each cause, s. */
function tableOf(verdicts) {
  const table = {};
  for (const cause of [...new Set(verdicts.map((one) => one.cause))].sort()) {
    const all = verdicts.filter((one) => one.cause === cause).sort((a, b) => a.ms - b.ms);
    const seconds = (n) => `${(all[n].ms / 1_000).toFixed(1)} s`;
    table[cause] = {
      n: all.length,
      p50: seconds(Math.floor(all.length / 2)),
      most: seconds(all.length - 1),
      of: all.at(-1).step,
    };
  }
  return table;
}

/** Files below a folder that have this text. */
export function filesWith(folder, text) {
  return namesIn(folder).flatMap((name) => {
    const path = join(folder, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isDirectory()) return filesWith(path, text);
    return stat?.isFile() && readFileSync(path).includes(text) ? [path] : [];
  });
}

export function namesIn(path) {
  try {
    return readdirSync(path).filter((name) => !name.startsWith('.'));
  } catch {
    return [];
  }
}

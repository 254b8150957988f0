/** The promises that each trial is judged by. The numbers are only names for the report. */
export const PROMISES = {
  P1: 'one true ending, never changed',
  P2: 'no false success',
  P4: 'no false kill',
  P6: 'the whole tree is gone',
  P7: 'the job outlives our Node processes',
  starter: 'nothing keeps what its starter had open',
  records: 'a run without records keeps its limit and is found again',
  reason: 'a true reason',
  time: 'a verdict in time, nothing crashes',
};

/** A verdict that comes later than this counts as late, on a machine that the trials keep busy. */
const LATE_MS = 6_000;
const NODE = ['starter', 'resident', 'waiter'];

/**
 * Compares the facts that the job wrote down with what pm said. Pure.
 * @returns the promises that the trial broke, each with a sentence
 */
export function broken(seen) {
  const wrong = [];
  const say = (promise, what) => wrong.push({ promise, what });
  const { plan, hit, code, termed, first, last, answers, status } = seen;
  const outcome = parsed(first);
  const told = answers.flatMap(({ out }) => parsed(out)?.runs ?? []);
  const healthy = plan.order === 'natural';

  for (const view of [...told, outcome ?? {}])
    if (view.outcome === 'success' && !(healthy && code === 0))
      say('P2', `pm said "${view.evidence}", but the job finished with ${code}`);
  if (status === 'SUCCESS' && outcome?.outcome !== 'success')
    say('P2', `.status says SUCCESS, but the outcome is ${outcome?.outcome}`);
  if (healthy && (termed || (seen.commandEndedAt !== undefined && code === undefined)))
    say('P4', 'a healthy job was killed');
  if (healthy && ['hung', 'timeout', 'cancelled'].includes(outcome?.outcome)) say('P4', outcome.evidence);
  if (seen.keeps.length > 0) say('starter', `the lock of the starter is held by ${seen.keeps.join('; ')}`);
  if (seen.unfound) say('records', 'the command is alive, but pm recover does not find the run');
  if (seen.unlimited) say('records', 'the records are gone, and the command is alive long after its limit');
  for (const { verb, status: exit, signal, err, out, wasStruck } of answers) {
    if (
      wasStruck
        ? /^\s+at /m.test(err)
        : signal === null && (/^\s+at /m.test(err) || exit === 1 || (exit !== 125 && parsed(out) === undefined))
    )
      say('time', `pm ${verb} ended with ${exit}: ${err.slice(0, 600)}`);
  }
  if (seen.residentLeft === false) say('time', 'the resident monitor did not leave, although no run is live');
  if (seen.concluded === undefined) return wrong;

  if (!seen.concluded) say('P1', 'there is no outcome');
  if (outcome === undefined) return wrong;
  if (first !== last) say('P1', `the outcome changed: ${first} → ${last}`);
  for (const view of told)
    if (view.state === 'ended' && (view.outcome !== outcome.outcome || view.reason !== outcome.reason))
      say('P1', `an answer said ${view.outcome}, but the record says ${outcome.outcome}`);
  if (seen.livesOn && outcome.survivors.length === 0)
    say('P1', `the outcome is ${outcome.outcome} (${outcome.reason}), but the command is alive`);
  if (seen.left.length > 0) say('P6', `still running: ${seen.left.join('; ')}`);
  const allowed = allowedOutcomes(seen);
  const actual = `${outcome.outcome}/${outcome.reason}${outcome.exitCode === undefined || !healthy ? '' : ` ${outcome.exitCode}`}`;
  if (!allowed.includes(actual))
    say('reason', `the outcome is ${actual} (${outcome.evidence}), but should be ${allowed.join(' or ')}`);
  if (!allowed.includes(actual) && !('wrapper' in hit) && NODE.some((role) => role in hit)) say('P7', actual);
  const late = latencyOf(seen);
  if (late > LATE_MS && outcome.reason !== 'never-started')
    say('time', `the verdict came after ${Math.round(late)} ms`);
  return wrong;
}

/** The time in ms from the end of the command (or the fault, if that came later) until the outcome was on disk. Undefined if unknown. */
export function latencyOf({ plan, first, finishedAt, commandEndedAt, hit, outcomeAt }) {
  const endedAt = plan.order === 'natural' ? finishedAt : commandEndedAt; // the job's own time is more exact than ours
  if (parsed(first) === undefined || endedAt === undefined || outcomeAt === undefined) return undefined;
  return Math.max(0, outcomeAt - Math.max(endedAt, ...Object.values(hit)));
}

/** The outcomes that are right, given what really happened. */
function allowedOutcomes({ plan, hit, code, finishedAt, pid }) {
  const lost = ['lost/wrapper-gone'];
  if (pid === undefined) return 'wrapper' in hit ? [...lost, 'lost/never-started'] : ['lost/never-started'];
  if (plan.order !== 'natural') {
    const ordered = { timeout: 'timeout/max-elapsed', hung: 'hung/no-evidence' }[plan.order];
    return [ordered];
  }
  const ended = code === 0 ? 'success/exit-zero 0' : `failed/exit-nonzero ${code}`;
  if (!('wrapper' in hit)) return [ended];
  // A few milliseconds pass between the job's last line and the record of its exit.
  return finishedAt !== undefined && hit.wrapper < finishedAt - 5 ? lost : [...lost, ended];
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The promises that each trial is judged by. The numbers are only names for the report. */
export const PROMISES = {
  P1: 'one true ending, never changed',
  P2: 'no false success',
  P4: 'no false kill',
  P6: 'the whole tree is gone',
  P7: 'the job outlives our Node processes',
  reason: 'a true reason',
  time: 'a verdict in time, nothing crashes',
};

/** A verdict later than this after what it tells is late, on a machine as busy as the harness makes it. */
const LATE_MS = 6_000;
const NODE = ['starter', 'resident', 'waiter'];

/**
 * Which promises a trial broke, and how. Pure: the facts that the job wrote down against what pm said.
 * @returns the broken promises, each with a sentence
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
      say('P2', `${view.evidence}, but it finished with ${code}`);
  if (status === 'SUCCESS' && outcome?.outcome !== 'success')
    say('P2', `.status says SUCCESS, the outcome ${outcome?.outcome}`);
  if (healthy && (termed || (seen.commandEndedAt !== undefined && code === undefined)))
    say('P4', 'a healthy job was killed');
  if (healthy && ['hung', 'timeout', 'cancelled'].includes(outcome?.outcome)) say('P4', outcome.evidence);
  for (const { verb, status: exit, signal, err, out } of answers) {
    if (signal === null && (/^\s+at /m.test(err) || exit === 1 || (exit !== 125 && parsed(out) === undefined)))
      say('time', `pm ${verb} ended with ${exit}: ${err.slice(0, 600)}`);
  }
  if (seen.residentLeft === false) say('time', 'the resident stayed where nothing is left');
  if (seen.concluded === undefined) return wrong;

  if (!seen.concluded) say('P1', 'no outcome');
  if (outcome === undefined) return wrong;
  if (first !== last) say('P1', `the outcome changed: ${first} → ${last}`);
  for (const view of told)
    if (view.state === 'ended' && (view.outcome !== outcome.outcome || view.reason !== outcome.reason))
      say('P1', `told ${view.outcome}, on record ${outcome.outcome}`);
  if (seen.livesOn && outcome.survivors.length === 0)
    say('P1', `called ${outcome.outcome} (${outcome.reason}) while its command lives`);
  if (seen.left.length > 0) say('P6', `left: ${seen.left.join('; ')}`);
  const allowed = allowedOutcomes(seen);
  const actual = `${outcome.outcome}/${outcome.reason}${outcome.exitCode === undefined || !healthy ? '' : ` ${outcome.exitCode}`}`;
  if (!allowed.includes(actual)) say('reason', `${actual} (${outcome.evidence}), not ${allowed.join(' or ')}`);
  if (!allowed.includes(actual) && !('wrapper' in hit) && NODE.some((role) => role in hit)) say('P7', actual);
  const late = latencyOf(seen);
  if (late > LATE_MS && outcome.reason !== 'never-started') say('time', `the verdict came ${Math.round(late)} ms late`);
  return wrong;
}

/** How long after the end, or the fault if that came later, the outcome was on disk, ms; undefined if it cannot be told. */
export function latencyOf({ plan, first, finishedAt, commandEndedAt, hit, outcomeAt }) {
  const endedAt = plan.order === 'natural' ? finishedAt : commandEndedAt; // its own word is finer than our looks
  if (parsed(first) === undefined || endedAt === undefined || outcomeAt === undefined) return undefined;
  return Math.max(0, outcomeAt - Math.max(endedAt, ...Object.values(hit)));
}

/** What may be on record, given what really happened. */
function allowedOutcomes({ plan, hit, code, finishedAt, pid }) {
  const lost = ['lost/wrapper-gone'];
  if (pid === undefined) return 'wrapper' in hit ? [...lost, 'lost/never-started'] : ['lost/never-started'];
  if (plan.order !== 'natural') {
    const ordered = { timeout: 'timeout/max-elapsed', hung: 'hung/no-evidence' }[plan.order];
    return [ordered];
  }
  const ended = code === 0 ? 'success/exit-zero 0' : `failed/exit-nonzero ${code}`;
  if (!('wrapper' in hit)) return [ended];
  // Between the job's last word and the record of its exit lie a few milliseconds.
  return finishedAt !== undefined && hit.wrapper < finishedAt - 5 ? lost : [...lost, ended];
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

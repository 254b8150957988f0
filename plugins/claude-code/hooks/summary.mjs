/** Bytes that a session is told at its start, at most. */
const BUDGET = 1_000;

/** An answer of `pm recover` in a few lines, each with its next call; '' if there is nothing to say. */
export function summaryOf({ runs }) {
  if (runs.length === 0) return '';
  const lines = ['Process Monitor, since you were here last:', ...runs.map(lineOf)];
  for (let kept = lines.length; ; kept--) {
    const left = lines.length - kept;
    const text = [...lines.slice(0, kept), ...(left > 0 ? [`- and ${left} more: pm ls`] : [])].join('\n');
    if (Buffer.byteLength(text) <= BUDGET) return text;
  }
}

function lineOf({ step, state, outcome, exitCode, advice, elapsedMs, attention }) {
  const spent = `after ${durationOf(elapsedMs)}`;
  if (state !== 'ended') return `- ${step}: ${state}, ${attention ?? spent}; pm wait ${step} (in a background shell)`;
  const how = exitCode === undefined || exitCode === 0 ? outcome : `${outcome} (exit ${exitCode})`;
  return `- ${step}: ${how} ${spent}${advice === undefined ? '' : `, advice: ${advice}`}; pm status ${step}`;
}

function durationOf(ms) {
  const minutes = Math.floor(ms / 60_000);
  if (minutes >= 60) return `${Math.floor(minutes / 60)}h${minutes % 60}m`;
  return minutes > 0 ? `${minutes}m` : `${Math.floor(ms / 1000)}s`;
}

/** The most bytes of a summary. */
const BUDGET = 1_000;

/** The most ended runs that fit into a summary, even with the longest names of steps. */
export const MOST_ENDINGS = 10;

/**
 * An answer of `pm recover` in a few lines, each with its next call; '' if there is nothing to say. Every ended run is named, because its
 * result then counts as read. If space is short, live runs are counted instead of listed, and then the last ended runs get shorter lines.
 */
export function summaryOf({ runs, next }) {
  if (runs.length === 0) return '';
  const endings = runs.filter(isOver);
  const live = runs.filter((run) => !isOver(run));
  const more = next.find(({ operation }) => operation === 'recover');
  const rest = more === undefined ? [] : [`- ${more.why}: pm recover`];
  for (let long = endings.length, shown = live.length; ; long > 0 && shown === 0 ? long-- : shown--) {
    const left = live.length - shown;
    const text = [
      'Process Monitor, since your last visit:',
      ...endings.map((run, i) => (i < long ? endingOf(run) : `- ${run.step}: ${run.outcome ?? run.state}`)),
      ...rest,
      ...live.slice(0, shown).map(liveOf),
      ...(left > 0 ? [`- ${left}${shown > 0 ? ' more' : ''} still running: pm ls`] : []),
    ].join('\n');
    if (Buffer.byteLength(text) <= BUDGET || (long === 0 && shown === 0)) return text;
  }
}

function isOver({ state }) {
  return state === 'ended' || state === 'malformed';
}

function endingOf({ step, state, outcome, exitCode, advice, elapsedMs, back }) {
  const ref = back === undefined ? step : `${step}~${back}`;
  if (state === 'malformed') return `- ${step}: its records cannot be read; pm status ${ref}`;
  const how = exitCode === undefined || exitCode === 0 ? outcome : `${outcome} (exit ${exitCode})`;
  const what = advice === undefined ? '' : `, advice: ${advice}`;
  return `- ${step}: ${how} after ${durationOf(elapsedMs)}${what}; pm status ${ref}`;
}

function liveOf({ step, state, elapsedMs, attention }) {
  return `- ${step}: ${state}, ${attention ?? `after ${durationOf(elapsedMs)}`}; pm wait ${step} (in a background shell)`;
}

function durationOf(ms) {
  const minutes = Math.floor(ms / 60_000);
  if (minutes >= 60) return `${Math.floor(minutes / 60)}h${minutes % 60}m`;
  return minutes > 0 ? `${minutes}m` : `${Math.floor(ms / 1000)}s`;
}

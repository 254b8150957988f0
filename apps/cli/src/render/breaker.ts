import type { Answer, BreakerView } from '@pm/operations';
import { oneLine } from '../text/plain-text.ts';
import type { Style } from '../text/style.ts';

/** The answer of `pm breaker`: one line per breaker, with the cause of an open one. */
export function breakerLines({ breakers = [], refusal, trial, tripped }: Answer, style: Style): string[] {
  if (refusal !== undefined) return [];
  if (breakers.length === 0) return ['no breaker is open or held, and none has counted failures'];
  return breakers.map((breaker) => {
    const words = [
      `${breaker.name} ${tripped === true ? 'opened' : breaker.circuit}`,
      trial === true ? 'this call is the trial' : undefined,
      breaker.why ?? countOf(breaker),
      ...whenOf(breaker, style),
    ];
    return words.filter(Boolean).map(String).map(oneLine).join(' · ');
  });
}

/** The lines below a refusal: the failed runs, and when the next start is allowed. */
export function refusedBreakerLines({ refusal }: Answer, style: Style): string[] {
  if (refusal === undefined) return [];
  const { breaker, nextAt } = refusal;
  if (breaker === undefined) return nextAt === undefined ? [] : [`next allowed at ${style.clock(nextAt)}`];
  const line = [runsOf(breaker), ...whenOf(breaker, style)].filter(Boolean).join(' · ');
  return line === '' ? [] : [oneLine(line)];
}

/** `breaker train open: failed 3 times with the same error (…) · next allowed at 14:32` */
export function breakerOfRun({ breaker }: Pick<Answer['runs'][number], 'breaker'>, style: Style): string | undefined {
  if (breaker === undefined) return undefined;
  const { name, circuit, why } = breaker;
  return [`breaker ${name} ${circuit}${why === undefined ? '' : `: ${oneLine(why)}`}`, nextOf(breaker, style)]
    .filter(Boolean)
    .join(' · ');
}

function countOf({ failures, after, circuit }: BreakerView): string | undefined {
  return circuit === 'closed' && failures.length > 0 ? `${failures.length} of ${after} failures` : undefined;
}

function whenOf(breaker: BreakerView, style: Style): (string | undefined)[] {
  if (breaker.until === undefined) return [nextOf(breaker, style)];
  return [breaker.until === 'change' ? 'next allowed after a change or a reset' : 'next allowed after a reset'];
}

/** A hold ends by time alone. An open breaker also lets a start through that differs from the one that failed. */
function nextOf({ circuit, nextAt }: Pick<BreakerView, 'circuit' | 'nextAt'>, { clock }: Style): string | undefined {
  if (nextAt === undefined) return undefined;
  return `next allowed at ${clock(nextAt)}${circuit === 'open' ? ', or after a change' : ''}`;
}

function runsOf({ failures }: BreakerView): string {
  return failures.map(({ run, id }) => run ?? id).join(', ');
}

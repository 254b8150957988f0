import { LONGEST_MS } from '@pm/protocol';
import { exactDuration, parseDuration } from '@pm/protocol/text';
import * as z from 'zod/mini';
import type { Bounds } from '../project/within-roots.ts';
import type { Refusal, RunView } from '../shape/answer.ts';

/** A new limit: counted from the start of the run, or added to the present limit. */
export type NewLimit = { readonly toMs: number | null } | { readonly byMs: number };

/** `6h`, `none`, or `+30m`. */
export const NewLimit = z.pipe(
  z
    .string()
    .check(
      z.regex(
        /^(none|\+?\d+(?:\.\d+)?(ms|s|m|h|d))$/,
        'must be a duration such as 6h, an addition such as +30m, or none',
      ),
      z.maxLength(16),
    ),
  z.transform((text): NewLimit => {
    if (text.startsWith('+')) return { byMs: parseDuration(text.slice(1)) };
    return { toMs: text === 'none' ? null : parseDuration(text) };
  }),
);

/** Why a limit does not change, and what can be done instead. A number is the highest limit that is allowed, ms. */
export interface LimitRefusal {
  readonly kind: 'refused';
  readonly refusal: Refusal;
  readonly instead: 'as it stands' | 'stop' | number;
}

/**
 * The new limit of a run, or the reason why it is refused. Pure.
 * @param hardMs the highest limit of the run, whoever asks
 * @param bounds the bounds of the caller; they also hold for a run that was started without any
 * @param byItself the job of the run asks. That needs a hard limit, or a runaway job could extend itself for ever.
 */
export function newLimitOf(
  view: RunView,
  asked: NewLimit,
  hardMs: number | undefined,
  byItself: boolean,
  bounds?: Pick<Bounds, 'timeoutMs' | 'file'>,
): { readonly kind: 'limit'; readonly limitMs: number | null } | LimitRefusal {
  const { step, elapsedMs, limitMs = null } = view;
  const ended = refusalIfEnded(view);
  if (ended !== undefined) return ended;
  if (byItself && hardMs === undefined)
    return refused('limit', `${step} may not extend itself: it was started without --hard-timeout`);
  if ('byMs' in asked && limitMs === null)
    return refused('limit', `${step} has no limit, so ${exactDuration(asked.byMs)} cannot be added to it`);
  const toMs = 'byMs' in asked ? (limitMs ?? 0) + asked.byMs : asked.toMs;
  const mostMs = bounds?.timeoutMs;
  if (mostMs !== undefined && (toMs ?? Infinity) > mostMs) {
    const what = toMs === null ? 'no limit' : `a limit of ${exactDuration(toMs)}`;
    const message = `${what}; allowed is ${exactDuration(mostMs)} at most, by the bounds of ${bounds?.file}`;
    const isThere = limitMs === null || limitMs >= mostMs || mostMs <= elapsedMs;
    return refused('out-of-bounds', message, isThere ? 'as it stands' : Math.min(mostMs, hardMs ?? mostMs));
  }
  if (hardMs !== undefined && (toMs ?? Infinity) > hardMs) {
    const most = `${step} was started with --hard-timeout ${exactDuration(hardMs)}, and its limit cannot be higher`;
    return refused('limit', most, limitMs !== null && limitMs >= hardMs ? 'as it stands' : hardMs);
  }
  if (toMs !== null && toMs > LONGEST_MS)
    return refused('limit', 'a limit cannot be longer than 100 years: use none instead');
  if (toMs !== null && toMs <= elapsedMs) {
    const over = `${step} has been running for ${roughText(elapsedMs)}; a limit of ${exactDuration(toMs)} would end it now`;
    return refused('limit', over, 'stop');
  }
  return { kind: 'limit', limitMs: toMs };
}

/** The refusal for a run that has ended or is being stopped; undefined if it is running. */
export function refusalIfEnded({ step, state, outcome, evidence }: RunView): LimitRefusal | undefined {
  if (state === 'ended') return refused('ended', `${step} has ended: ${outcome}`);
  return state === 'stopping' ? refused('ended', `${step} is being stopped: ${evidence}`) : undefined;
}

function refused(
  kind: 'ended' | 'limit' | 'out-of-bounds',
  message: string,
  instead: LimitRefusal['instead'] = 'as it stands',
): LimitRefusal {
  return { kind: 'refused', refusal: { kind, message }, instead };
}

/** Rounded down to seconds; from ten minutes on, to minutes. */
function roughText(ms: number): string {
  const unitMs = ms < 600_000 ? 1_000 : 60_000;
  return exactDuration(Math.floor(ms / unitMs) * unitMs);
}

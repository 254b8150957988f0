import { LONGEST_MS } from '@pm/protocol';
import { exactDuration, parseDuration } from '@pm/protocol/text';
import * as z from 'zod/mini';
import type { Bounds } from '../project/within-roots.ts';
import type { Refusal, RunView } from '../shape/answer.ts';

/** Another limit: counted from the start, or as much more than the present one. */
export type NewLimit = { readonly toMs: number | null } | { readonly byMs: number };

/** `6h`, `none`, or `+30m`. */
export const NewLimit = z.pipe(
  z
    .string()
    .check(
      z.regex(/^(none|\+?\d+(?:\.\d+)?(ms|s|m|h|d))$/, 'must be a duration such as 6h, +30m for as much more, or none'),
      z.maxLength(16),
    ),
  z.transform((text): NewLimit => {
    if (text.startsWith('+')) return { byMs: parseDuration(text.slice(1)) };
    return { toMs: text === 'none' ? null : parseDuration(text) };
  }),
);

/** Why a limit stays where it is, and what may be done instead: a number is the limit that can be had, ms. */
export interface LimitRefusal {
  readonly kind: 'refused';
  readonly refusal: Refusal;
  readonly instead: 'as it stands' | 'stop' | number;
}

/**
 * The limit that a run may be given. Pure.
 * @param hardMs no limit reaches beyond it, whoever asks
 * @param bounds of the caller: they hold for a run that was begun without any, too
 * @param byItself the run's own job asks: only within a hard limit, or a runaway would never meet one
 */
export function newLimitOf(
  view: RunView,
  asked: NewLimit,
  hardMs: number | undefined,
  byItself: boolean,
  bounds?: Pick<Bounds, 'timeoutMs' | 'file'>,
): { readonly kind: 'limit'; readonly limitMs: number | null } | LimitRefusal {
  const { step, elapsedMs, limitMs = null } = view;
  const ended = hasEnded(view);
  if (ended !== undefined) return ended;
  if (byItself && hardMs === undefined)
    return refused('limit', `${step} may not extend itself: start it with --hard-timeout to let it`);
  if ('byMs' in asked && limitMs === null)
    return refused('limit', `${step} has no limit that ${exactDuration(asked.byMs)} could be added to`);
  const toMs = 'byMs' in asked ? (limitMs ?? 0) + asked.byMs : asked.toMs;
  const mostMs = bounds?.timeoutMs;
  if (mostMs !== undefined && (toMs ?? Infinity) > mostMs) {
    const what = toMs === null ? 'no limit' : `a limit of ${exactDuration(toMs)}`;
    const message = `${what}; allowed is ${exactDuration(mostMs)} at most, by the bounds of ${bounds?.file}`;
    const isThere = limitMs === null || limitMs >= mostMs || mostMs <= elapsedMs;
    return refused('out-of-bounds', message, isThere ? 'as it stands' : Math.min(mostMs, hardMs ?? mostMs));
  }
  if (hardMs !== undefined && (toMs ?? Infinity) > hardMs) {
    const most = `${step} was started with --hard-timeout ${exactDuration(hardMs)}: no limit reaches beyond it`;
    return refused('limit', most, limitMs !== null && limitMs >= hardMs ? 'as it stands' : hardMs);
  }
  if (toMs !== null && toMs > LONGEST_MS) return refused('limit', 'that is longer than a hundred years: say none');
  if (toMs !== null && toMs <= elapsedMs) {
    const over = `${step} has run ${roughText(elapsedMs)}; a limit of ${exactDuration(toMs)} would end it now`;
    return refused('limit', over, 'stop');
  }
  return { kind: 'limit', limitMs: toMs };
}

/** The refusal of a run that is past any limit; undefined if it goes on. */
export function hasEnded({ step, state, outcome, evidence }: RunView): LimitRefusal | undefined {
  if (state === 'ended') return refused('ended', `${step} has ended: ${outcome}`);
  return state === 'stopping' ? refused('ended', `${step} is being ended: ${evidence}`) : undefined;
}

function refused(
  kind: 'ended' | 'limit' | 'out-of-bounds',
  message: string,
  instead: LimitRefusal['instead'] = 'as it stands',
): LimitRefusal {
  return { kind: 'refused', refusal: { kind, message }, instead };
}

/** Whole seconds, and of what is longer than ten minutes whole minutes. */
function roughText(ms: number): string {
  const unitMs = ms < 600_000 ? 1_000 : 60_000;
  return exactDuration(Math.floor(ms / unitMs) * unitMs);
}

import type { RunRecord } from '@pm/protocol';
import type { Answer, RunView } from '../shape/answer.ts';
import type { NeededStep } from './needs-of.ts';

/** The runs of services that another run needs. */
export type NeedRefs = NonNullable<RunRecord['needs']>;

/** How a step is started as a part of a set. */
export interface PartInSet {
  /** The services that it needs, which are ready. */
  readonly needs: NeedRefs;
  /** It is started only because another run needs it. */
  readonly forNeeds: boolean;
}

/** What became of one step of a set. */
export type Ensured =
  | { readonly kind: 'ready'; readonly view: RunView; readonly answer: Answer }
  | { readonly kind: 'failed'; readonly answer: Answer }
  /** A step that it needs failed, so it was not asked for. */
  | { readonly kind: 'left-out'; readonly for: string };

/**
 * Makes sure that these steps are there and ready. A step begins when those that it needs are ready; others do so at the same time.
 * @param order each step after those that it needs
 * @param ensure starts one step if it is not there, and waits until it is ready
 */
export async function ensureSet(
  order: readonly NeededStep[],
  ensure: (step: string, needs: NeedRefs) => Promise<Answer>,
): Promise<Map<string, Ensured>> {
  const asked = new Map<string, Promise<Ensured>>();
  for (const { step, needs } of order) asked.set(step, ensured(step, needs));
  const all = await Promise.all([...asked].map(async ([step, result]) => [step, await result] as const));
  return new Map(all);

  async function ensured(step: string, needs: readonly string[]): Promise<Ensured> {
    const before = await Promise.all(needs.map(async (need) => [need, await asked.get(need)] as const));
    const ready = needRefsOf(needs, new Map(before));
    if (ready.kind === 'missing') return { kind: 'left-out', for: ready.step };
    const answer = await ensure(step, ready.refs);
    const [view] = answer.runs;
    return view !== undefined && isReady(view, answer) ? { kind: 'ready', view, answer } : { kind: 'failed', answer };
  }
}

/** The runs of these services; or the first of the services that is not ready. */
export function needRefsOf(
  needs: readonly string[],
  found: ReadonlyMap<string, Ensured | undefined>,
): { readonly kind: 'ready'; readonly refs: NeedRefs } | { readonly kind: 'missing'; readonly step: string } {
  const refs: { step: string; id: string }[] = [];
  for (const step of needs) {
    const ensured = found.get(step);
    if (ensured?.kind !== 'ready') return { kind: 'missing', step };
    refs.push({ step, id: ensured.view.id ?? '' });
  }
  return { kind: 'ready', refs };
}

/** A run without ready checks is ready as soon as it lives. */
function isReady({ id, state, ready }: RunView, { refusal }: Answer): boolean {
  const lives = state !== 'ended' && state !== 'malformed' && state !== 'queued' && state !== 'stopping';
  return refusal === undefined && id !== undefined && lives && ready !== false;
}

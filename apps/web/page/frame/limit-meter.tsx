import type { RunView } from '@pm/operations';
import { isRunning } from '@pm/operations/words';
import { Meter } from './meter.tsx';

/** The share of a limit from which on little is left. It is the fifth in which a run asks for attention. */
const NEAR = 0.8;

/** How much of its time limit a live run has used. Nothing, if it has none. */
export function LimitMeter({ run }: { readonly run: RunView }) {
  const { elapsedMs, limitMs } = run;
  if (!isRunning(run) || limitMs === undefined || limitMs === null || limitMs <= 0) return null;
  const share = Math.min(1, elapsedMs / limitMs);
  return <Meter share={share} label={`${Math.round(share * 100)} % of its time limit`} isNear={share >= NEAR} />;
}

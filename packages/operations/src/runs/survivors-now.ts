import { isAlive, thisWorld } from '@pm/process';
import type { RunRecord } from '@pm/protocol';
import type { RunView } from '../shape/answer.ts';

/** A view that names, of what survived its run, only what is alive today; of a run in another world only the record can tell. */
export function withLivingSurvivors({ host }: RunRecord, view: RunView): RunView {
  const { survivors, ...rest } = view;
  const { bootId, pidNamespace } = thisWorld();
  if (survivors === undefined || host.bootId !== bootId || host.pidNamespace !== pidNamespace) return view;
  const living = survivors.filter(isAlive);
  return living.length === 0 ? rest : { ...rest, survivors: living };
}

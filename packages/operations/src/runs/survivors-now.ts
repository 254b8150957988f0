import { isAlive, isSamePidScope } from '@pm/process';
import type { RunRecord } from '@pm/protocol';
import type { RunView } from '../shape/answer.ts';

/** A view that names, of what survived its run, only what is alive today; of a run in another boot or pid namespace only the record can tell. */
export function withLivingSurvivors({ host }: RunRecord, view: RunView): RunView {
  const { survivors, ...rest } = view;
  if (survivors === undefined || !isSamePidScope(host)) return view;
  const living = survivors.filter(isAlive);
  return living.length === 0 ? rest : { ...rest, survivors: living };
}

import { ATTENTIONS, type Report, type RunRecord, STATES } from '@pm/protocol';
import { readReport } from '@pm/protocol/fs';
import type { MirrorSeen, Observation } from '../judge/observation.ts';
import type { LiveState } from '../judge/verdict.ts';

/** What the newest report about a run elsewhere says, in the place of what a look would find. Undefined of every other run. */
export function mirrorNews(
  dir: string,
  { id, mirror, policy }: RunRecord,
  wallMs: number,
): Pick<Observation, 'mirror' | 'elapsedMs' | 'limitMs' | 'quietMs'> | undefined {
  if (mirror === undefined) return undefined;
  const kept = readReport(dir, id);
  const { worker } = mirror;
  if (kept === undefined) {
    const seen: MirrorSeen = { worker, silentMs: 0, state: 'starting', evidence: 'taken by its worker', troubles: [] };
    return { mirror: seen, elapsedMs: 0, limitMs: policy.timeoutMs, quietMs: 0 };
  }
  const { report, atMs } = kept;
  const silentMs = Math.max(wallMs - atMs, 0);
  return {
    mirror: {
      // Another worker may have gone on with it.
      worker: report.worker.name,
      silentMs,
      state: stateOf(report),
      evidence: report.evidence,
      troubles: troublesOf(report),
    },
    elapsedMs: report.elapsedMs + silentMs,
    limitMs: report.limitMs === undefined ? policy.timeoutMs : report.limitMs,
    quietMs: report.quietMs ?? 0,
  };
}

/** A worker may be of a later version. */
function stateOf({ state }: Report): LiveState {
  // Its outcome is on its way here.
  if (state === 'ended') return 'stopping';
  return STATES.find((known): known is LiveState => known === state) ?? 'running';
}

function troublesOf({ troubles = [] }: Report): MirrorSeen['troubles'] {
  return troubles.flatMap(({ attention, evidence }) => {
    const known = ATTENTIONS.find((one) => one === attention);
    return known === undefined ? [] : [{ attention: known, evidence }];
  });
}

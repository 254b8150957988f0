import type { Ending, Policy } from '@pm/protocol';
import { formatDuration } from '@pm/protocol/text';
import type { MirrorSeen } from './observation.ts';
import type { LiveState, Verdict } from './verdict.ts';

/** The shortest silence that is worth a word. */
const LATE_MS = 5_000;

// Why: contributing/decisions/2026-11-29-a-mirror-of-a-run-elsewhere.md
/**
 * Judges a run elsewhere. Its outcome comes from its worker, so nothing that is seen or missed here ends it.
 * @param concluded its outcome is on record
 * @param ending what is on record as its ending, perhaps an order that its worker has not confirmed yet
 */
export function judgeMirror(
  mirror: MirrorSeen,
  { concluded, ending }: { readonly concluded: boolean; readonly ending: Ending | undefined },
  policy: Policy,
): Verdict {
  if (concluded) return { verdict: 'ended' };
  const { state, worker } = mirror;
  const evidence = `on ${worker}: ${mirror.evidence}`;
  const silence = silenceOf(mirror, policy);
  if (ending === undefined || ending.cause === 'exit' || state === 'stopping')
    return waiting(state, silence === undefined ? evidence : `${silence}; its last report: ${mirror.evidence}`);
  const order = `termination ordered: ${ending.cause}, to be carried out by ${worker}`;
  return waiting('stopping', silence === undefined ? order : `${order}; ${silence}`);
}

/** The troubles of a run elsewhere: those that its worker has reported, or that it reports nothing any more. */
export function troublesOfMirror(
  mirror: MirrorSeen,
  ending: Ending | undefined,
  policy: Policy,
): MirrorSeen['troubles'][number][] {
  const { silentMs, troubles } = mirror;
  const silence = silentMs > policy.staleMs ? silenceOf(mirror, policy) : undefined;
  if (silence !== undefined) return [{ attention: 'quiet', evidence: silence }];
  return ending === undefined ? [...troubles] : [];
}

function silenceOf({ worker, silentMs }: MirrorSeen, { beatMs }: Policy): string | undefined {
  if (silentMs <= Math.max(LATE_MS, 2 * beatMs)) return undefined;
  return `no news from ${worker} for ${formatDuration(silentMs)}`;
}

function waiting(state: LiveState, evidence: string): Verdict {
  return { verdict: 'waiting', state, evidence };
}

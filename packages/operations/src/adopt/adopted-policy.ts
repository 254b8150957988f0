import type { Policy } from '@pm/protocol';
import { policyOf } from '../config/policy-of.ts';
import type { StartRequest } from '../project/start-request.ts';

// Why: contributing/decisions/2026-11-29-an-adopted-process.md
/**
 * The policy by which an adopted process is judged: the options of the call, then those of its step in pm.config.json. It has no limit
 * unless one is given: whoever started it did not agree to one.
 * @param asked the call as the request of a start
 * @returns also a note if the configuration names a sign of life that cannot be seen of such a process
 */
export function adoptedPolicy(asked: StartRequest): { readonly policy: Policy; readonly notes: readonly string[] } {
  const { timeout = null, hardTimeout, grace, liveness, stale, quietAfter, service, ready } = asked;
  const isSeen = liveness === undefined || liveness === 'wrapper' || liveness === 'activity';
  const sign = isSeen ? liveness : undefined;
  const note = `the liveness of pm.config.json (${liveness}) cannot be seen of an adopted process, so nothing calls it hung`;
  const policy = policyOf({ timeout, hardTimeout, grace, liveness: sign, stale, quietAfter, service, ready });
  return { policy, notes: isSeen ? [] : [note] };
}

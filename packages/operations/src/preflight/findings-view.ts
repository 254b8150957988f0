import { type Finding, maskedArgv, type Place } from '@pm/preflight';
import type { CheckFinding } from '../shape/check-finding.ts';

const ORDER: readonly Finding['state'][] = ['fail', 'warn', 'inconclusive', 'pass', 'skip'];

/** Findings as every frontend shows them: failures first, otherwise in the order asked, their commands without secrets. */
export function findingsView(findings: readonly Finding[], env: Place['env']): CheckFinding[] {
  return findings
    .map(({ remedies, ...finding }) => ({
      ...finding,
      ...(remedies !== undefined && {
        remedies: remedies.map((remedy) => ({ ...remedy, argv: maskedArgv(remedy.argv, env) })),
      }),
    }))
    .sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
}

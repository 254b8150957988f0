import type { Finding } from '@pm/preflight';
import type { CheckFinding } from './check-finding.ts';

const ORDER: readonly Finding['state'][] = ['fail', 'warn', 'inconclusive', 'pass', 'skip'];

/** Findings as every frontend shows them: failures first, otherwise in the order asked. */
export function findingsView(findings: readonly Finding[]): CheckFinding[] {
  return findings
    .map(({ remedies, ...finding }) => ({
      ...finding,
      ...(remedies !== undefined && { remedies: remedies.map((remedy) => ({ ...remedy, argv: [...remedy.argv] })) }),
    }))
    .sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
}

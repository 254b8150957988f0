import { type CheckContext, type Finding, redactArgv } from '@pm/preflight';
import type { FindingView } from '../shape/finding-view.ts';

const ORDER: readonly Finding['state'][] = ['fail', 'warn', 'inconclusive', 'pass', 'skip'];

/** Findings as every frontend shows them: failures first, otherwise in the order asked, their commands without secrets. */
export function findingsView(findings: readonly Finding[], env: CheckContext['env']): FindingView[] {
  return findings
    .map(({ remedies, ...finding }) => ({
      ...finding,
      ...(remedies !== undefined && {
        remedies: remedies.map((remedy) => ({ ...remedy, argv: redactArgv(remedy.argv, env) })),
      }),
    }))
    .sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
}

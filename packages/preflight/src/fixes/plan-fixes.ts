import type { Finding, Remedy } from '../check.ts';

/** A remedy to be run, and the check it is for. */
export interface Fix {
  readonly check: string;
  readonly argv: readonly string[];
  readonly cwd?: string;
}

/** The first safe remedy of each failure, then of each warning; each command once. Remedies that need approval are left to people. Pure. */
export function planFixes(findings: readonly Finding[]): Fix[] {
  const inOrder = [
    ...findings.filter(({ state }) => state === 'fail'),
    ...findings.filter(({ state }) => state === 'warn'),
  ];
  const fixes = new Map<string, Fix>();
  for (const { check, remedies = [] } of inOrder) {
    const remedy = remedies.find(({ safety }) => safety === 'safe');
    if (remedy !== undefined) fixes.set(keyOf(remedy), fixes.get(keyOf(remedy)) ?? fixOf(check, remedy));
  }
  return [...fixes.values()];
}

function keyOf({ argv, cwd }: Remedy): string {
  return JSON.stringify([argv, cwd]);
}

function fixOf(check: string, { argv, cwd }: Remedy): Fix {
  return { check, argv, ...(cwd !== undefined && { cwd }) };
}

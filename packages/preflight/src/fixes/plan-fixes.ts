import type { Finding, Remedy } from '../check.ts';

/** A remedy that may be carried out, and the check it is for. */
export interface Fix {
  readonly check: string;
  readonly argv: readonly string[];
  readonly cwd?: string;
}

/** Of every failure, then of every warning, the first safe remedy, each command once; what needs approval is left to people. Pure. */
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

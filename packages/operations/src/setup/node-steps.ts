import { type Found, type ProjectFile, USUAL } from './found-step.ts';

const LOCKS: readonly (readonly [lock: string, manager: string])[] = [
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
];

/** The scripts of package.json that end, run by the package manager of the project. */
export function nodeSteps(file: ProjectFile): Found[] {
  const { scripts, packageManager } = manifestOf(file('package.json'));
  const known: Record<string, unknown> = { ...Object(scripts) };
  const [, named] = /^(npm|pnpm|yarn|bun)@/.exec(String(packageManager)) ?? [];
  const manager = named ?? LOCKS.find(([lock]) => file(lock) !== undefined)?.[1] ?? 'npm';
  return USUAL.filter((name) => isReal(known[name])).map((name) => ({
    command: [manager, 'run', name],
    from: 'package.json',
  }));
}

function manifestOf(text: string | undefined): { scripts?: unknown; packageManager?: unknown } {
  try {
    return text === undefined ? {} : Object(JSON.parse(text));
  } catch {
    return {};
  }
}

/** `npm init` writes a test script that only prints that there is no test. */
function isReal(script: unknown): boolean {
  return typeof script === 'string' && script !== '' && !script.includes('no test specified');
}

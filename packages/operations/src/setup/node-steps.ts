import { type Found, type ProjectFile, UPWARDS, USUAL } from './found-step.ts';

const LOCKS: readonly (readonly [lock: string, manager: string])[] = [
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
  ['package-lock.json', 'npm'],
];

const MANAGER = /^(npm|pnpm|yarn|bun)(?:@|$)/;

/** The scripts of package.json that end, run by the package manager of the project. */
export function nodeSteps(file: ProjectFile): Found[] {
  const { scripts } = manifestOf(file('package.json'));
  const known: Record<string, unknown> = { ...Object(scripts) };
  const manager = UPWARDS.map((above) => managerIn((name) => file(above + name))).find((one) => one !== undefined);
  return USUAL.filter((name) => isReal(known[name])).map((name) => ({
    command: [manager ?? 'npm', 'run', name],
    from: 'package.json',
  }));
}

/** What is declared counts before a lockfile, which may have been left over. */
function managerIn(file: ProjectFile): string | undefined {
  const { packageManager, devEngines } = manifestOf(file('package.json'));
  const [engine] = [Object(devEngines).packageManager].flat();
  const [, declared] = MANAGER.exec(String(packageManager)) ?? MANAGER.exec(String(Object(engine).name)) ?? [];
  return declared ?? LOCKS.find(([lock]) => file(lock) !== undefined)?.[1];
}

function manifestOf(text: string | undefined): {
  scripts?: unknown;
  packageManager?: unknown;
  devEngines?: unknown;
} {
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

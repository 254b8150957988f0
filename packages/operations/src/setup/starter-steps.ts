import { deriveStep } from '../project/derive-step.ts';

/** A step that a project seems to have, and the file that shows it. */
export interface StarterStep {
  readonly step: string;
  readonly command: readonly string[];
  /** The file it was taken from. */
  readonly from: string;
}

/** Returns the text of a file in the folder of the project; undefined if there is no such file. */
export type ProjectFile = (name: string) => string | undefined;

type Found = Omit<StarterStep, 'step'>;

/** Scripts that people start often. Others are short, or are servers. */
const SCRIPTS = ['test', 'build', 'lint', 'typecheck'];

/** The steps of a first configuration, from the manifests of a project. It runs nothing; a manifest that cannot be read has no steps. */
export function starterSteps(file: ProjectFile): StarterStep[] {
  const found = [...scripts(file), ...python(file), ...rust(file), ...go(file), ...make(file)];
  const steps = new Map<string, StarterStep>();
  for (const one of found) {
    // The first one gets the plain name, `test`. Later ones get a longer name: `cargo-test`.
    const word = one.command.at(-1) ?? '';
    const step = SCRIPTS.includes(word) && !steps.has(word) ? word : deriveStep(one.command);
    if (!steps.has(step)) steps.set(step, { step, ...one });
  }
  return [...steps.values()];
}

function scripts(file: ProjectFile): Found[] {
  const manifest = file('package.json');
  const known = manifest === undefined ? {} : scriptsOf(manifest);
  const locks: readonly (readonly [lock: string, manager: string])[] = [
    ['pnpm-lock.yaml', 'pnpm'],
    ['yarn.lock', 'yarn'],
    ['bun.lock', 'bun'],
    ['bun.lockb', 'bun'],
  ];
  const manager = locks.find(([lock]) => file(lock) !== undefined)?.[1] ?? 'npm';
  return SCRIPTS.filter((name) => isReal(known[name])).map((name) => ({
    command: [manager, 'run', name],
    from: 'package.json',
  }));
}

function scriptsOf(manifest: string): Record<string, unknown> {
  try {
    const { scripts: found }: { scripts?: unknown } = Object(JSON.parse(manifest));
    return { ...Object(found) };
  } catch {
    return {};
  }
}

/** `npm init` writes a test script that only prints that there is no test. */
function isReal(script: unknown): boolean {
  return typeof script === 'string' && script !== '' && !script.includes('no test specified');
}

function python(file: ProjectFile): Found[] {
  const manifest = file('pyproject.toml');
  if (manifest === undefined || !/\bpytest\b/.test(`${manifest}${file('pytest.ini') ?? ''}`)) return [];
  const runner =
    file('uv.lock') !== undefined ? ['uv', 'run'] : file('poetry.lock') !== undefined ? ['poetry', 'run'] : [];
  return [{ command: runner.length > 0 ? [...runner, 'pytest'] : ['python3', '-m', 'pytest'], from: 'pyproject.toml' }];
}

function rust(file: ProjectFile): Found[] {
  if (file('Cargo.toml') === undefined) return [];
  return ['test', 'build'].map((word) => ({ command: ['cargo', word], from: 'Cargo.toml' }));
}

function go(file: ProjectFile): Found[] {
  return file('go.mod') === undefined ? [] : [{ command: ['go', 'test', './...'], from: 'go.mod' }];
}

function make(file: ProjectFile): Found[] {
  const makefile = file('Makefile') ?? '';
  return SCRIPTS.filter((target) => new RegExp(`^${target}\\s*:(?!=)`, 'm').test(makefile)).map((target) => ({
    command: ['make', target],
    from: 'Makefile',
  }));
}

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Each package manager in each version, as the npm registry has it. pnpm 11 does not run on Node.js 20, so it brings its own. */
export const VERSIONS = {
  'npm 10': ['npm@10'],
  'npm 11': ['npm@11'],
  'pnpm 8': ['pnpm@8'],
  'pnpm 9': ['pnpm@9'],
  'pnpm 10': ['pnpm@10'],
  'pnpm 11': ['pnpm@11', 'node@22'],
  'pnpm 12': ['pnpm@12'],
  'yarn 1': ['yarn@1'],
  'yarn 3': ['@yarnpkg/cli-dist@3'],
  'yarn 4': ['@yarnpkg/cli-dist@4'],
  bun: ['bun@1'],
} as const satisfies Readonly<Record<string, readonly string[]>>;
export type ManagerVersion = keyof typeof VERSIONS;

/** Managers and what they download are kept here between runs. */
const CACHE = fileURLToPath(new URL('../../../node_modules/.cache/package-managers', import.meta.url));

/** A package manager that can be called. */
export interface Manager {
  /** `pnpm 8.15.9` */
  readonly label: string;
  /** Calls it in a folder. */
  readonly run: (cwd: string, args: readonly string[], env?: NodeJS.ProcessEnv) => string;
  /** The environment in which its name is on the PATH, as a remedy needs it. */
  readonly env: NodeJS.ProcessEnv;
}

/** Installs a manager from the npm registry, once; undefined if it is not to be had here. */
export function managerOf(version: ManagerVersion): Manager | undefined {
  const home = join(CACHE, version.replace(' ', '-'));
  if (!existsSync(join(home, 'bin'))) {
    mkdirSync(home, { recursive: true });
    // npm 11 and later run the install scripts of named packages alone: those of bun and node fetch their program.
    const allowed = { private: true, allowScripts: { bun: true, node: true, pnpm: true } };
    writeFileSync(join(home, 'package.json'), JSON.stringify(allowed));
    const install = ['install', '--no-audit', '--no-fund', '--prefix', home, ...VERSIONS[version]];
    if (spawnSync('npm', install, { cwd: home }).status !== 0) return undefined;
    writeCommand(home, version);
  }
  const env = environmentOf(home, version);
  const name = commandOf(version);
  const run: Manager['run'] = (cwd, args, more) => {
    const { status, stdout, stderr } = spawnSync(name, args, { cwd, env: { ...env, ...more }, encoding: 'utf8' });
    if (status !== 0) throw new Error(`${name} ${args.join(' ')}: exit ${status}\n${stdout}\n${stderr}`);
    return stdout.trim();
  };
  try {
    return { label: `${name} ${run(home, ['--version'])}`, run, env };
  } catch {
    return undefined;
  }
}

/** Writes the command that the PATH is to have, so that a remedy finds the manager by its name. */
function writeCommand(home: string, version: ManagerVersion): void {
  const modules = join(home, 'node_modules');
  const programs = [
    'npm/bin/npm-cli.js',
    'pnpm/bin/pnpm.mjs',
    'pnpm/bin/pnpm.cjs',
    'yarn/bin/yarn.js',
    '@yarnpkg/cli-dist/bin/yarn.js',
  ];
  const program = programs.map((one) => join(modules, one)).find((one) => existsSync(one));
  const node = join(modules, '.bin/node');
  const call =
    program === undefined
      ? `"${join(modules, '.bin/bun')}"`
      : `"${existsSync(node) ? node : process.execPath}" "${program}"`;
  mkdirSync(join(home, 'bin'));
  writeFileSync(join(home, 'bin', commandOf(version)), `#!/bin/sh\nexec ${call} "$@"\n`, { mode: 0o755 });
}

function commandOf(version: ManagerVersion): string {
  return version.replace(/ .*/, '');
}

function environmentOf(home: string, version: ManagerVersion): NodeJS.ProcessEnv {
  const at = (name: string): string => join(CACHE, 'downloads', name);
  const inherited = Object.entries(process.env).filter(([name]) => !/^(?:npm_|pnpm_|yarn_|bun_|CI$)/i.test(name));
  return {
    ...Object.fromEntries(inherited),
    PATH: `${join(home, 'bin')}${delimiter}${dirname(process.execPath)}${delimiter}${process.env['PATH']}`,
    npm_config_registry: process.env['npm_config_registry'],
    npm_config_cache: at('npm'),
    npm_config_store_dir: at('pnpm'),
    pnpm_config_store_dir: at('pnpm'),
    npm_config_manage_package_manager_versions: 'false',
    pnpm_config_pm_on_fail: 'ignore',
    ...(version === 'yarn 1' ? { YARN_CACHE_FOLDER: at('yarn-1') } : { YARN_GLOBAL_FOLDER: at('yarn') }),
    ...(version === 'yarn 4' && { YARN_NPM_MINIMAL_AGE_GATE: '0' }),
    YARN_ENABLE_TELEMETRY: '0',
    BUN_INSTALL_CACHE_DIR: at('bun'),
  };
}

import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { LONG } from '@pm/testing';
import { afterAll, describe, expect, test } from 'vitest';
import { applyFixes, type Finding } from '../src/index.ts';
import { prepareCheck } from '../src/run/prepare-checks.ts';
import { runChecks } from '../src/run/run-checks.ts';
import { type Manager, type ManagerVersion, managerOf, VERSIONS } from './managers.ts';
import { putProject } from './node-project.ts';

// Every layout that a package manager makes passes, and what was broken in it is named and mended. Real managers, packages of the npm
// registry: npm run test:long. The table of the results: docs/explanation/node-modules-matrix.md

const PAGE = new URL('../../../docs/explanation/node-modules-matrix.md', import.meta.url);

/** A way to install, and what is to be said of it. */
interface Layout {
  readonly what: string;
  /** The calls, one after the other. */
  readonly calls: readonly (readonly string[])[];
  readonly env?: Readonly<Record<string, string>>;
  readonly isPlain?: boolean;
  /** What is said of it, if not `pass`: part of the workspace was left out. */
  readonly state?: 'warn';
  /** Folders that are removed after the first call, which only made the lockfile. */
  readonly isLockOnly?: boolean;
}

const layout = (what: string, ...args: string[]): Layout => ({ what, calls: [args] });
const NPM: readonly Layout[] = [
  layout('hoisted', 'install'),
  layout('linked', 'install', '--install-strategy=linked'),
  layout('nested', 'install', '--install-strategy=nested'),
  layout('shallow', 'install', '--install-strategy=shallow'),
  layout('without a lockfile', 'install', '--no-package-lock'),
  { what: 'ci', calls: [['install', '--package-lock-only'], ['ci']] },
  {
    what: 'ci --omit=dev',
    calls: [
      ['install', '--package-lock-only'],
      ['ci', '--omit=dev'],
    ],
  },
  {
    what: 'ci --omit=dev, linked',
    calls: [
      ['install', '--package-lock-only'],
      ['ci', '--omit=dev', '--install-strategy=linked'],
    ],
  },
  {
    what: 'ci --omit=optional --omit=peer',
    calls: [
      ['install', '--package-lock-only'],
      ['ci', '--omit=optional', '--omit=peer'],
    ],
  },
  {
    what: 'ci -w a',
    calls: [
      ['install', '--package-lock-only'],
      ['ci', '-w', 'a'],
    ],
    state: 'warn',
  },
];
const PNPM: readonly Layout[] = [
  layout('isolated', 'install'),
  layout('hoisted', 'install', '--config.node-linker=hoisted'),
  layout('public-hoist-pattern=*', 'install', '--config.public-hoist-pattern=*'),
  layout('virtual-store-dir moved', 'install', '--config.virtual-store-dir=.store-of-pnpm'),
  {
    what: 'install --prod',
    calls: [
      ['install', '--lockfile-only'],
      ['install', '--prod', '--frozen-lockfile'],
    ],
  },
  {
    what: 'install --no-optional',
    calls: [
      ['install', '--lockfile-only'],
      ['install', '--no-optional', '--frozen-lockfile'],
    ],
  },
];
const FILTER: Layout = {
  what: 'install --filter a',
  calls: [
    ['install', '--lockfile-only'],
    ['install', '--filter', 'a', '--frozen-lockfile'],
  ],
  state: 'warn',
};
const GLOBAL = layout('enable-global-virtual-store', 'install', '--config.enable-global-virtual-store=true');
const YARN_1: readonly Layout[] = [
  layout('workspaces', 'install'),
  layout('--pure-lockfile', 'install', '--pure-lockfile'),
  { what: '--production', calls: [['install'], ['install', '--production', '--frozen-lockfile']], isLockOnly: true },
  {
    what: '--ignore-optional',
    calls: [['install'], ['install', '--ignore-optional', '--frozen-lockfile']],
    isLockOnly: true,
  },
  { ...layout('--no-bin-links', 'install', '--no-bin-links'), state: 'warn' },
];
const linker = (name: string): { env: Record<string, string> } => ({ env: { YARN_NODE_LINKER: name } });
const focus = (name: string, state?: 'warn', ...args: string[]): Layout => ({
  what: `${name}: workspaces focus ${args.join(' ')}`,
  calls: [['install'], ['workspaces', 'focus', ...args]],
  isLockOnly: true,
  ...linker(name),
  ...(state && { state }),
});
const YARN: readonly Layout[] = [
  { ...layout('node-modules', 'install'), ...linker('node-modules') },
  { ...layout('pnpm', 'install'), ...linker('pnpm') },
  { ...layout('pnp', 'install'), ...linker('pnp') },
  {
    ...layout('node-modules, nmHoistingLimits: workspaces', 'install'),
    env: { YARN_NODE_LINKER: 'node-modules', YARN_NM_HOISTING_LIMITS: 'workspaces' },
  },
  {
    ...layout('node-modules, nmHoistingLimits: dependencies', 'install'),
    env: { YARN_NODE_LINKER: 'node-modules', YARN_NM_HOISTING_LIMITS: 'dependencies' },
  },
  {
    ...layout('pnp, enableGlobalCache: false', 'install'),
    env: { YARN_NODE_LINKER: 'pnp', YARN_ENABLE_GLOBAL_CACHE: 'false' },
  },
];
const YARN_4: readonly Layout[] = [
  ...YARN,
  focus('node-modules', undefined, '--all', '--production'),
  focus('pnpm', undefined, '--all', '--production'),
  focus('pnp', undefined, '--all', '--production'),
  focus('node-modules', 'warn', 'a'),
  focus('pnpm', 'warn', 'a', '--production'),
];
const BUN: readonly Layout[] = [
  layout('hoisted', 'install', '--linker=hoisted'),
  layout('isolated', 'install', '--linker=isolated'),
  {
    what: 'hoisted, --production',
    calls: [
      ['install', '--lockfile-only'],
      ['install', '--linker=hoisted', '--production'],
    ],
  },
  {
    what: 'isolated, --production',
    calls: [
      ['install', '--lockfile-only'],
      ['install', '--linker=isolated', '--production'],
    ],
  },
  {
    what: 'isolated, --filter a',
    calls: [
      ['install', '--lockfile-only'],
      ['install', '--linker=isolated', '--filter', 'a'],
    ],
    state: 'warn',
  },
  { ...layout('bun.lockb', 'install', '--linker=hoisted'), env: { BUN_CONFIG_SAVE_TEXT_LOCKFILE: '0' } },
];
const LAYOUTS: Readonly<Record<ManagerVersion, readonly Layout[]>> = {
  'npm 10': NPM,
  'npm 11': NPM,
  'pnpm 8': PNPM,
  'pnpm 9': [...PNPM, FILTER],
  'pnpm 10': [...PNPM, FILTER, GLOBAL],
  'pnpm 11': [...PNPM, FILTER, GLOBAL],
  'pnpm 12': [...PNPM, FILTER, GLOBAL, { ...layout('pnp', 'install', '--config.node-linker=pnp'), isPlain: true }],
  'yarn 1': YARN_1,
  'yarn 3': YARN.slice(0, 3),
  'yarn 4': YARN_4,
  bun: BUN,
};

/** What is broken in an installation, by hand. */
const FAULTS: Readonly<Record<string, (root: string) => void>> = {
  'a package of member b is gone': (root) => rmSync(placeOf(root, 'ms', 'packages/b'), { recursive: true }),
  'a package of member b has another version': (root) => {
    const file = join(realpathSync(placeOf(root, 'ms', 'packages/b')), 'package.json');
    const text = readFileSync(file, 'utf8').replace(/"version": ?"[\d.]+"/, '"version":"1.9.9"');
    rmSync(file); // it may be a hard link into the store
    writeFileSync(file, text);
  },
  'all packages of member b are gone': (root) =>
    rmSync(join(root, 'packages/b/node_modules'), { recursive: true, force: true }),
  'a package that another one needs is gone': (root) => {
    const odd = realpathSync(placeOf(root, 'is-odd'));
    rmSync(placeOf(dirname(odd) === join(root, 'node_modules') ? root : '/', 'is-number', odd), { recursive: true });
  },
  'the installation was cut off': (root) => {
    rmSync(join(realpathSync(placeOf(root, 'is-number')), 'package.json'));
    for (const record of [
      '.package-lock.json',
      '.modules.yaml',
      '.yarn-integrity',
      '.yarn-state.yml',
      '.pnpm-workspace-state-v1.json',
    ])
      rmSync(join(root, 'node_modules', record), { force: true });
  },
  'node_modules is empty': (root) => {
    for (const folder of ['.', 'packages/a', 'packages/b'])
      rmSync(join(root, folder, 'node_modules'), { recursive: true, force: true });
    mkdirSync(join(root, 'node_modules'));
  },
  'there is no node_modules': (root) => {
    for (const folder of ['.', 'packages/a', 'packages/b'])
      rmSync(join(root, folder, 'node_modules'), { recursive: true, force: true });
  },
  'a link in node_modules/.bin leads nowhere': (root) => {
    const link = join(root, 'node_modules/.bin/plug');
    rmSync(link);
    symlinkSync('../gone/index.js', link);
  },
};
const BROKEN: readonly (readonly [ManagerVersion, what: string])[] = [
  ['npm 10', 'hoisted'],
  ['npm 11', 'hoisted'],
  ['npm 11', 'linked'],
  ['pnpm 8', 'isolated'],
  ['pnpm 9', 'isolated'],
  ['pnpm 10', 'isolated'],
  ['pnpm 11', 'isolated'],
  ['pnpm 12', 'isolated'],
  ['pnpm 12', 'hoisted'],
  ['yarn 1', 'workspaces'],
  ['yarn 4', 'node-modules'],
  ['yarn 4', 'pnpm'],
  ['bun', 'hoisted'],
  ['bun', 'isolated'],
];

const managers = new Map<ManagerVersion, Manager | undefined>();
if (LONG) for (const version of Object.keys(VERSIONS) as ManagerVersion[]) managers.set(version, managerOf(version));
for (const [version, manager] of managers)
  if (manager === undefined) console.warn(`${version} is not to be had here: its layouts are not tested`);

/** A blank and a bracket in every path. */
const base = LONG ? mkdtempSync(join(realpathSync(tmpdir()), 'pm matrix (')) : '';
afterAll(() => {
  if (base !== '') rmSync(base, { recursive: true, force: true, maxRetries: 5 });
});

const healthy: string[] = [];
const broken: string[] = [];

describe.skipIf(!LONG).each(Object.entries(LAYOUTS) as [ManagerVersion, readonly Layout[]][])(
  '%s',
  (version, layouts) => {
    test.skipIf(managers.get(version) === undefined).each(layouts.map((one) => [one.what, one] as const))(
      '%s is healthy',
      async (_, one) => {
        const root = folderOf(version, one.what);
        const manager = installed(root, version, one);
        const finding = await ask(root, manager);
        expect([finding.state, finding.evidence]).toEqual([one.state ?? 'pass', finding.evidence]);
        if (one.state === undefined) {
          expect((await ask(join(root, 'packages/b'), manager)).state).toBe('pass');
          const link = join(base, `link-${healthy.length}`);
          symlinkSync(root, link);
          expect((await ask(link, manager)).state).toBe('pass');
        }
        healthy.push(`| ${version} | ${one.what} | ${finding.state} |`);
      },
    );
  },
);

describe.skipIf(!LONG).each(BROKEN)('%s, %s', (version, what) => {
  test.skipIf(managers.get(version) === undefined).each(Object.keys(FAULTS))('%s: named and mended', async (fault) => {
    const from = folderOf(version, what);
    const one = LAYOUTS[version].find((layoutOf) => layoutOf.what === what);
    if (one === undefined) throw new Error(what);
    const manager = existsSync(from) ? managerFor(version) : installed(from, version, one);
    const root = join(base, `broken ${broken.length}-${version} ${what}`);
    expect(spawnSync('cp', ['-a', from, root]).status).toBe(0);
    if (fault.includes('.bin') && !existsSync(join(root, 'node_modules/.bin/plug'))) return; // this layout has none
    FAULTS[fault]?.(root);
    const finding = await ask(root, manager);
    expect([finding.state, finding.evidence]).toEqual(['fail', finding.evidence]);
    let mended: string | undefined;
    for (const { argv, safety, cwd } of finding.remedies ?? []) {
      const fix = { check: finding.check, argv, ...(cwd !== undefined && { cwd }) };
      await applyFixes([fix], { cwd: root, env: { ...manager.env, ...one.env } });
      mended = `\`${argv.join(' ')}\`${safety === 'safe' ? '' : ' (needs approval)'}`;
      if ((await ask(root, manager)).state === 'pass') break;
      mended = undefined;
    }
    expect(mended, finding.evidence).toBeDefined();
    broken.push(`| ${version}, ${what} | ${fault} | ${mended} |`);
    rmSync(root, { recursive: true, force: true });
  });
});

test.skipIf(!LONG || [...managers.values()].includes(undefined))('the page shows these results', async () => {
  const text = readFileSync(PAGE, 'utf8');
  const table = (head: string, rows: readonly string[]): string => `${head}\n${rows.join('\n')}\n`;
  const shown = text
    .replace(/(?<=<!-- healthy -->\n\n)[\s\S]*?(?=\n<!-- -->)/, () =>
      table('| manager | layout | result |\n| --- | --- | --- |', healthy),
    )
    .replace(/(?<=<!-- broken -->\n\n)[\s\S]*?(?=\n<!-- -->)/, () =>
      table('| manager, layout | what was broken | mended by |\n| --- | --- | --- |', broken),
    );
  await expect(shown).toMatchFileSnapshot(PAGE.pathname); // vitest -u writes it
});

function folderOf(version: ManagerVersion, what: string): string {
  return join(base, `${version} ${what}`.replace(/[^\w() ]+/g, '-'));
}

function managerFor(version: ManagerVersion): Manager {
  const manager = managers.get(version);
  if (manager === undefined) throw new Error(`${version} is not here`);
  return manager;
}

function installed(root: string, version: ManagerVersion, { calls, env, isPlain, isLockOnly }: Layout): Manager {
  const manager = managerFor(version);
  putProject(root, { manager: version, ...(isPlain && { isPlain }) });
  // What is set in the environment of the call is a file in a real project.
  for (const [at, args] of calls.entries()) {
    manager.run(root, args, env);
    if (isLockOnly === true && at === 0)
      for (const folder of ['node_modules', 'packages/a/node_modules', 'packages/b/node_modules', '.yarn', '.pnp.cjs'])
        rmSync(join(root, folder), { recursive: true, force: true });
  }
  return manager;
}

async function ask(cwd: string, manager: Manager): Promise<Finding> {
  const context = { cwd, env: manager.env };
  const check = {
    budgetMs: 120_000,
    ...(await prepareCheck('node-modules', { home: cwd, where: 'test', env: manager.env })),
  };
  const [finding] = await runChecks([check], context);
  if (finding === undefined) throw new Error('one check has one finding');
  return finding;
}

/** Where a package lies that a folder imports, links not resolved. */
function placeOf(root: string, name: string, from = '.'): string {
  for (let at = from.startsWith('/') ? from : join(root, from); ; at = dirname(at)) {
    const place = join(at, 'node_modules', name);
    if (existsSync(place)) return place;
    const sibling = join(dirname(at), name); // in a store, packages lie beside each other
    if (at !== root && readdirSync(dirname(at)).includes(name)) return sibling;
    if (at === root || dirname(at) === at) throw new Error(`${name} is not there`);
  }
}

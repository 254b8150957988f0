import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { textOf } from './installed.ts';
import { npmRecord } from './locks/npm.ts';
import { pnpmGraph } from './locks/pnpm.ts';
import { readYaml } from './locks/read-yaml.ts';

/**
 * What a manager noted of its last installation. It only tells why something is not there: left out on purpose, or gone. That a package
 * is there is never believed, because managers write their record without installing too (`npm install --package-lock-only`).
 */
export interface InstallRecord {
  /** Whether it installed this package; undefined if the record does not tell. */
  readonly has: (name: string, version: string | undefined) => boolean | undefined;
  /** Whether it installed what this folder of the project needs; undefined if the record does not tell. */
  readonly installs: (importer: string) => boolean | undefined;
  /** Whether it left out the development packages; undefined if the record does not tell. */
  readonly isWithoutDev: boolean | undefined;
  /** Whether it left out all but the development packages. */
  readonly isDevOnly: boolean;
  /** Whether only some folders of the workspace were asked for; undefined if the record does not tell. */
  readonly isFiltered: boolean | undefined;
}

type Manager = 'npm' | 'pnpm' | 'yarn' | 'bun';

const SILENT: InstallRecord = {
  has: () => undefined,
  installs: () => undefined,
  isWithoutDev: undefined,
  isDevOnly: false,
  isFiltered: undefined,
};

/** The manager that made a node_modules, by the record that it left there; undefined without one, as bun leaves none if it hoists. */
export function makerOf(nodeModules: string): Manager | undefined {
  const names = new Set(namesIn(nodeModules));
  if (names.has('.modules.yaml') || names.has('.pnpm')) return 'pnpm';
  if (names.has('.yarn-state.yml') || names.has('.yarn-integrity')) return 'yarn';
  if (names.has('.package-lock.json')) return 'npm';
  if (names.has('.bun')) return 'bun';
  // The pnpm linker of Yarn and npm with install-strategy=linked keep their packages in .store, each with names of its own.
  const stored = namesIn(join(nodeModules, '.store'));
  if (stored.length === 0) return undefined;
  return stored.some((name) => name.includes('-npm-')) ? 'yarn' : 'npm';
}

/** Reads the record of a manager in a node_modules; undefined if there is none. */
export async function readRecord(nodeModules: string, manager: Manager): Promise<InstallRecord | undefined> {
  const note = (name: string): string | undefined => textOf(join(nodeModules, name));
  switch (manager) {
    case 'npm':
      // With install-strategy=linked, npm 10 notes all that is locked, whether it installed it or not. Its store tells.
      return (
        recordOfStore(storedIn(join(nodeModules, '.store')), (name, version) => `${name}@${version}-`) ??
        recordOfNpm(note('.package-lock.json'))
      );
    case 'pnpm':
      return await recordOfPnpm(note('.modules.yaml'), note('.pnpm/lock.yaml'), note('.pnpm-workspace-state-v1.json'));
    case 'yarn':
      return recordOfYarn(note('.yarn-integrity'), note('.yarn-state.yml'), namesIn(join(nodeModules, '.store')));
    case 'bun':
      return recordOfStore(
        namesIn(join(nodeModules, '.bun')),
        (name, version) => `${name.replace('/', '+')}@${version}`,
      );
  }
}

function recordOfNpm(text: string | undefined): InstallRecord | undefined {
  const record = text === undefined ? undefined : npmRecord(text);
  if (record === undefined) return undefined;
  return {
    ...SILENT,
    has: (name, version) => record.packages.has(`${name}@${version}`),
    installs: (importer) => (importer === '.' ? undefined : record.importers.has(importer)),
  };
}

async function recordOfPnpm(
  modules: string | undefined,
  lock: string | undefined,
  state: string | undefined,
): Promise<InstallRecord | undefined> {
  if (modules === undefined) return undefined;
  const { included } = Object(await readYaml(modules)) as { included?: Record<string, boolean> };
  const graph = lock === undefined ? undefined : pnpmGraph(await readYaml(lock));
  const packages = new Set([...(graph?.packages.values() ?? [])].map(({ name, version }) => `${name}@${version}`));
  const [, filtered] = /"filteredInstall": (true|false)/.exec(state ?? '') ?? [];
  return {
    has: (name, version) => (graph === undefined ? undefined : packages.has(`${name}@${version}`)),
    installs: (importer) => (filtered === 'false' ? graph?.importers.has(importer) || undefined : undefined),
    isWithoutDev: included === undefined ? undefined : included['devDependencies'] === false,
    isDevOnly: included?.['dependencies'] === false,
    isFiltered: filtered === undefined ? undefined : filtered === 'true',
  };
}

function recordOfYarn(
  integrity: string | undefined,
  state: string | undefined,
  store: readonly string[],
): InstallRecord | undefined {
  if (integrity !== undefined) {
    const isWithoutDev = /"flags": \[[^\]]*"production"/.test(integrity);
    return { ...SILENT, has: () => true, installs: () => true, isWithoutDev, isFiltered: false };
  }
  if (state === undefined) return recordOfStore(store, (name, version) => `${name.replace('/', '-')}-npm-${version}-`);
  const heads = [...state.matchAll(/^"?((?:@[^/"]+\/)?[^@"\s]+)@([^"\n]+)"?:$/gm)];
  const packages = new Set(heads.map(([, name, reference = '']) => `${name}@${versionIn(reference)}`));
  const importers = new Set(
    heads.map(([, , reference = '']) => /^(?:virtual:\w+#)?workspace:(.*)$/.exec(reference)?.[1]),
  );
  return {
    ...SILENT,
    has: (name, version) => packages.has(`${name}@${version}`),
    installs: (importer) => (importer === '.' ? undefined : importers.has(importer)),
  };
}

/** The version in `npm:2.1.3`, `virtual:0123#npm:2.1.3` and `patch:ms@npm%3A2.1.3#…::version=2.1.3&hash=0123`. */
function versionIn(reference: string): string | undefined {
  return /[:&]version=([^&]+)/.exec(reference)?.[1] ?? /npm:(?:.*@)?([^#:]+)$/.exec(reference)?.[1];
}

/** The record is the store itself, whose folders are named after what is in them. */
function recordOfStore(
  names: readonly string[],
  nameOf: (name: string, version: string | undefined) => string,
): InstallRecord | undefined {
  if (names.length === 0) return undefined;
  const has = (name: string, version: string | undefined): boolean | undefined =>
    version === undefined ? undefined : names.some((one) => one.startsWith(nameOf(name, version)));
  return { ...SILENT, has };
}

/** The folders of a store that has a folder for each scope. */
function storedIn(store: string): string[] {
  return namesIn(store).flatMap((name) =>
    name.startsWith('@') && !name.slice(1).includes('@')
      ? namesIn(join(store, name)).map((one) => `${name}/${one}`)
      : [name],
  );
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

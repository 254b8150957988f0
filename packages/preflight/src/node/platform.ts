import type { Installed } from './installed.ts';
import type { LockedPackage, LockGraph, SupportedPlatforms } from './locks/lock-graph.ts';
import type { Placed } from './walk.ts';

/** A machine, in the words of package.json. */
export interface Machine {
  readonly os: string;
  readonly cpu: string;
  /** `glibc` or `musl`; undefined where there is neither. */
  readonly libc?: string | undefined;
}

export function thisMachine(): Machine {
  return { os: process.platform, cpu: process.arch, libc: libcOfThis() };
}

export interface ForeignPackage {
  readonly name: string;
  /** The variant for this machine. */
  readonly wanted: string;
  /** Its locked version. */
  readonly version: string | undefined;
  readonly found: string | undefined;
}

/**
 * The packages that were installed for another machine, or for none: of the variants that one package has for several machines, that of this
 * one is not there. A node_modules that was copied from macOS into a Linux container looks like that, and one after `--omit=optional`.
 * `found` is the variant of another machine; without it there is no variant at all.
 */
export function foreignPackages(
  placed: readonly Placed[],
  graph: LockGraph,
  installed: Installed,
  machine: Machine,
): ForeignPackage[] {
  return placed.flatMap(({ folder, locked }) => {
    const variants = locked.dependencies
      .filter(({ kind }) => kind === 'optional')
      .map(({ name, to = '' }) => {
        const there = installed.find(name, folder);
        const manifest = there === undefined ? undefined : installed.manifest(there);
        return {
          name,
          version: graph.packages.get(to)?.version,
          isThere: manifest !== undefined,
          platform: platformOf(name, manifest, graph.packages.get(to)),
        };
      })
      .filter(({ platform }) => platform !== undefined);
    const fitting = variants.filter(({ platform }) => fits(platform ?? {}, machine));
    const foreign = variants.find(({ isThere, platform }) => isThere && !fits(platform ?? {}, machine));
    const wanted = fitting.find(({ platform }) => platform?.cpu !== undefined) ?? fitting[0];
    if (wanted === undefined || fitting.some(({ isThere }) => isThere)) return [];
    // One variant alone may be an addition for one platform, as fsevents is.
    if (foreign === undefined && variants.length - fitting.length < 2) return [];
    return [{ name: locked.name, wanted: wanted.name, version: wanted.version, found: foreign?.name }];
  });
}

/** Whether something may run on a machine, by the lists of its package.json. Pure. */
export function fits({ os, cpu, libc }: SupportedPlatforms, machine: Machine): boolean {
  return isIn(os, machine.os) && isIn(cpu, machine.cpu) && (machine.libc === undefined || isIn(libc, machine.libc));
}

function isIn(list: readonly string[] | undefined, one: string): boolean {
  if (list === undefined || list.length === 0 || list.includes('any')) return true;
  if (list.includes(`!${one}`)) return false;
  return list.every((entry) => entry.startsWith('!')) || list.includes(one);
}

function platformOf(
  name: string,
  manifest: SupportedPlatforms | undefined,
  locked: LockedPackage | undefined,
): SupportedPlatforms | undefined {
  const told = [manifest, locked?.platform].find((one) => one?.os !== undefined || one?.cpu !== undefined);
  if (told !== undefined) {
    const list = (one: unknown): string[] | undefined => (one === undefined ? undefined : [one].flat().map(String));
    const [os, cpu, libc] = [list(told.os), list(told.cpu), list(told.libc ?? locked?.platform?.libc)];
    return { ...(os && { os }), ...(cpu && { cpu }), ...(libc && { libc }) };
  }
  // The lockfile of Yarn 1 does not say what a package is for that is not there. Such packages have names like @esbuild/linux-x64.
  const [, os, cpu, libc] = /\b(linux|darwin|win32|freebsd)-(x64|arm64|ia32|arm)(?:-(gnu|musl))?\b/.exec(name) ?? [];
  if (os === undefined || cpu === undefined) return undefined;
  return { os: [os], cpu: [cpu], ...(libc !== undefined && { libc: [libc === 'gnu' ? 'glibc' : libc] }) };
}

function libcOfThis(): string | undefined {
  if (process.platform !== 'linux') return undefined;
  const { header } = Object(process.report?.getReport()) as { header?: { glibcVersionRuntime?: string } };
  return header?.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
}

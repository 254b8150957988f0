/**
 * What package-lock.json says and node_modules does not have in that version, as `ms@2.1.3`. The packages themselves are asked: npm keeps a note
 * of what it installed (node_modules/.package-lock.json), but `npm install --package-lock-only` rewrites that too and installs nothing.
 * Left out: what is optional, and all that is for development where none of it is there (`--omit=dev`).
 * @param versionOf the version in the manifest of a folder, `node_modules/ms`; undefined if there is none
 * @returns undefined if the lock cannot be read, as one of npm 6
 */
export function npmDrift(lock: string, versionOf: (folder: string) => string | undefined): string[] | undefined {
  const wanted = packagesOf(lock)?.filter(([, { optional, devOptional }]) => optional !== true && devOptional !== true);
  if (wanted === undefined) return undefined;
  const present = new Map(wanted.map(([folder]) => [folder, versionOf(folder)]));
  const isWithoutDev = wanted.every(([folder, { dev }]) => dev !== true || present.get(folder) === undefined);
  const isBare = [...present.values()].every((version) => version === undefined);
  return wanted
    .filter(([, { dev }]) => dev !== true || !isWithoutDev || isBare)
    .filter(([folder, { version }]) => !isSame(version, present.get(folder)))
    .map(([folder, { version }]) => nameOf(folder, version));
}

interface Entry {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly devOptional?: boolean;
}

/** Lockfile version 2 and 3; version 1 has no paths. A workspace is in it twice, as a folder of ours and as a link: the link counts. */
function packagesOf(text: string): [folder: string, Entry][] | undefined {
  try {
    const { packages } = Object(JSON.parse(text)) as { packages?: Record<string, Entry | null> };
    if (typeof packages !== 'object' || packages === null) return undefined;
    return Object.entries(packages).flatMap(([folder, entry]) =>
      /(?:^|\/)node_modules\//.test(folder) && entry !== null ? [[folder, entry]] : [],
    );
  } catch {
    return undefined;
  }
}

/** Of a link, which has no version, it is enough that it leads somewhere. */
function isSame(wanted: string | undefined, present: string | undefined): boolean {
  return wanted === undefined ? present !== undefined : wanted === present;
}

function nameOf(folder: string, version: string | undefined): string {
  const name = folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length);
  return version === undefined ? name : `${name}@${version}`;
}

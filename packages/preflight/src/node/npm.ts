/**
 * The packages in package-lock.json that node_modules does not have in that version, as `ms@2.1.3`. Pure. The packages themselves are
 * compared, because `npm install --package-lock-only` rewrites npm's record (node_modules/.package-lock.json) without installing.
 * Optional packages are left out, and development packages if none of them is installed (`--omit=dev`).
 * @param versionOf the version in the manifest of a folder such as `node_modules/ms`; undefined if there is none
 * @returns undefined if the lockfile cannot be read, as one of npm 6
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

/** Lockfile versions 2 and 3; version 1 has no paths. A workspace is listed twice, as a folder and as a link; the link counts. */
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

/** A link has no version. It is enough that its target exists. */
function isSame(wanted: string | undefined, present: string | undefined): boolean {
  return wanted === undefined ? present !== undefined : wanted === present;
}

function nameOf(folder: string, version: string | undefined): string {
  const name = folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length);
  return version === undefined ? name : `${name}@${version}`;
}

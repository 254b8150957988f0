import { isAbsolute, join, resolve } from 'node:path';
import { PmError } from '@pm/protocol';

/** A path of submitters and the same on this host. */
export interface PathMap {
  readonly from: string;
  readonly to: string;
}

/**
 * @param written `/home/ann/app=/srv/app`
 * @throws PmError `usage` for anything but two absolute paths
 */
export function readPathMap(written: string): PathMap {
  const at = written.indexOf('=');
  const [from, to] = [written.slice(0, Math.max(at, 0)), written.slice(at + 1)];
  if (!isAbsolute(from) || !isAbsolute(to)) {
    const message = `--map: ${JSON.stringify(written)} is not a pair of absolute paths.`;
    throw new PmError(
      'usage',
      message,
      'Write the folder of the submitters, then that of this host: /home/ann/app=/srv/app',
    );
  }
  return { from: resolve(from), to: resolve(to) };
}

/**
 * Where an entry runs on this host.
 * @param cwd relative to the project of the submitter; absolute if it is outside of it
 * @param from the same as an absolute path of the submitter's host
 * @param workdir the folder of this worker, absolute
 * @returns undefined if an entry that runs outside of its project has no place here: no map has it
 */
export function placeOnHost(
  { cwd, from }: { readonly cwd: string; readonly from: string },
  workdir: string,
  maps: readonly PathMap[],
): string | undefined {
  // The longest one says most.
  const [map] = maps.filter((one) => isInside(one.from, from)).sort((a, b) => b.from.length - a.from.length);
  if (map !== undefined) return join(map.to, from.slice(map.from.length));
  if (isAbsolute(cwd)) return undefined;
  const place = resolve(workdir, cwd);
  return isInside(workdir, place) ? place : undefined;
}

function isInside(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);
}

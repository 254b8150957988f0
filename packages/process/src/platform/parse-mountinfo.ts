import { join } from 'node:path';

/**
 * The folder of our own cgroup v2, from the texts of /proc/self/mountinfo (proc(5)) and /proc/self/cgroup (cgroups(7),
 * the `0::` line). Works in the hybrid layout, too, where version 2 is mounted at /sys/fs/cgroup/unified beside version
 * 1.
 * @returns `undefined` when there is no version 2, or the mount does not show our part of the hierarchy (a container
 *   without a cgroup namespace)
 */
export function placeOfCgroup(mountinfo: string, cgroup: string): string | undefined {
  return placeIn(mountinfo, /^0::(\/.*)$/m.exec(cgroup)?.[1], (type) => type === 'cgroup2');
}

/** The folder of our memory cgroup of version 1, where there is one. */
export function placeOfMemoryCgroup(mountinfo: string, cgroup: string): string | undefined {
  const path = /^\d+:(?:[^:\n]*,)?memory(?:,[^:\n]*)?:(\/.*)$/m.exec(cgroup)?.[1];
  return placeIn(mountinfo, path, (type, options) => type === 'cgroup' && options.split(',').includes('memory'));
}

function placeIn(
  mountinfo: string,
  path: string | undefined,
  isIt: (type: string, options: string) => boolean,
): string | undefined {
  if (path === undefined || path.endsWith(' (deleted)')) return undefined;
  for (const line of mountinfo.split('\n')) {
    const [before, after] = line.split(' - ');
    const [, , , root, mountPoint] = (before ?? '').split(' ');
    const [type = '', , options = ''] = (after ?? '').split(' ');
    if (!isIt(type, options) || root === undefined || mountPoint === undefined) continue;
    const inside = below(decode(root), path);
    if (inside !== undefined) return join(decode(mountPoint), inside);
  }
  return undefined;
}

function below(root: string, path: string): string | undefined {
  if (root === '/' || path === root) return root === '/' ? path : '/';
  return path.startsWith(`${root}/`) ? path.slice(root.length) : undefined;
}

// Space, tab, newline and backslash are written as octal escapes.
function decode(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
}

import { expect, test } from 'vitest';
import { placeOfCgroup } from './parse-mountinfo.ts';

const mount = (root: string, point: string, type = 'cgroup2') =>
  `41 31 0:38 ${root} ${point} rw,relatime shared:4 - ${type} cgroup2 rw\n`;
const version1 = mount('/', '/sys/fs/cgroup/memory', 'cgroup');

test.each([
  ['the unified layout', mount('/', '/sys/fs/cgroup'), '0::/user.slice/a.scope\n', '/sys/fs/cgroup/user.slice/a.scope'],
  [
    'the hybrid layout',
    version1 + mount('/', '/sys/fs/cgroup/unified'),
    '4:memory:/x\n0::/\n',
    '/sys/fs/cgroup/unified/',
  ],
  [
    'a container that mounts only its part',
    mount('/docker/abc', '/sys/fs/cgroup'),
    '0::/docker/abc/job\n',
    '/sys/fs/cgroup/job',
  ],
  ['a container at its own root', mount('/docker/abc', '/sys/fs/cgroup'), '0::/docker/abc\n', '/sys/fs/cgroup/'],
  ['a container whose part is not mounted', mount('/docker/abc', '/sys/fs/cgroup'), '0::/docker/abcdef\n', undefined],
  ['a mount point with a space', mount('/', '/sys/fs/my\\040cgroup'), '0::/job\n', '/sys/fs/my cgroup/job'],
  ['version 1 only', version1, '4:memory:/x\n', undefined],
  ['a cgroup that was removed under us', mount('/', '/sys/fs/cgroup'), '0::/job (deleted)\n', undefined],
])('our own cgroup in %s', (_, mountinfo, cgroup, place) => {
  expect(placeOfCgroup(mountinfo, cgroup)).toBe(place);
});

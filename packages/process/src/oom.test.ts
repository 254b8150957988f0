import { expect, test } from 'vitest';
import { oomKillsIn } from './oom.ts';
import { placeOfMemoryCgroup } from './platform/parse-mountinfo.ts';

test.each<[string, string, number | undefined]>([
  ['memory.events', 'low 0\nhigh 3\nmax 12\noom 2\noom_kill 1\noom_group_kill 0\n', 1],
  ['memory.oom_control', 'oom_kill_disable 0\nunder_oom 0\noom_kill 4\n', 4],
  ['/proc/vmstat', 'nr_free_pages 123\noom_kill 7\nballoon_inflate 0\n', 7],
  ['a kernel before 4.13', 'low 0\nhigh 0\nmax 0\noom 2\n', undefined],
  ['nothing', '', undefined],
  ['no number', 'oom_kill x\n', undefined],
  ['a longer word', 'my_oom_kill 3\noom_kill_disable 1\n', undefined],
])('the count in %s', (_, text, count) => {
  expect(oomKillsIn(text)).toBe(count);
});

const MOUNTS = `25 24 0:22 / /sys/fs/cgroup ro - tmpfs tmpfs ro,mode=755
35 25 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
36 25 0:33 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
37 25 0:34 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
`;

test.each<[string, string, string, string | undefined]>([
  ['of version 1', MOUNTS, '4:memory:/a/b\n0::/\n', '/sys/fs/cgroup/memory/a/b'],
  ['beside other controllers', MOUNTS, '4:hugetlb,memory:/a\n', '/sys/fs/cgroup/memory/a'],
  ['seen from inside', MOUNTS.replace('0:32 /', '0:32 /docker/x'), '4:memory:/docker/x\n', '/sys/fs/cgroup/memory/'],
  ['of version 2 alone', MOUNTS, '0::/a\n', undefined],
  ['that was deleted', MOUNTS, '4:memory:/a (deleted)\n', undefined],
  ['of another name', MOUNTS, '4:memoryx:/a\n', undefined],
])('the memory cgroup %s', (_, mountinfo, cgroup, place) => {
  expect(placeOfMemoryCgroup(mountinfo, cgroup)).toBe(place);
});

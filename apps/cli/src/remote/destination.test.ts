import { expect, test } from 'vitest';
import { destinationOf } from './destination.ts';

test.each([
  ['gpu', 'gpu', ''],
  ['user@gpu', 'user@gpu', ''],
  ['user@gpu:/srv/train', 'user@gpu', '/srv/train'],
  ['gpu:work', 'gpu', 'work'],
  ['gpu:', 'gpu', ''],
  ['gpu:~', 'gpu', ''],
  ['gpu:~/work', 'gpu', 'work'],
  ["gpu:/a b/'$x'/:y", 'gpu', "/a b/'$x'/:y"],
  ['[::1]', '::1', ''],
  ['user@[fe80::1%eth0]:/srv', 'user@fe80::1%eth0', '/srv'],
  ['user@realm@gpu', 'user@realm@gpu', ''],
  ['ssh://user@gpu:2222', 'ssh://user@gpu:2222', ''],
  ['ssh://gpu:2222/srv/train', 'ssh://gpu:2222', '/srv/train'],
  ['ssh://gpu/', 'ssh://gpu', ''],
])('%s', (written, host, directory) => {
  expect(destinationOf(written, 'pm')).toEqual({ written, host, directory });
});

test.each([
  ['', 'names no host'],
  [':/srv', 'names no host'],
  ['ssh:///srv', 'names no host'],
  ['-oProxyCommand=id', 'cannot begin with a dash'],
  ['user@-oProxyCommand=id', 'cannot begin with a dash'],
  ['ssh://-oProxyCommand=id/', 'cannot begin with a dash'],
  ['[-oProxyCommand=id]', 'cannot begin with a dash'],
  ['gpu;id', 'no name of a host'],
  ['$(id)', 'no name of a host'],
  ['`id`', 'no name of a host'],
  ['gpu\nx', 'no name of a host'],
  ['gp u', 'no name of a host'],
])('%s is refused', (written, message) => {
  expect(() => destinationOf(written, 'pm')).toThrow(message);
});

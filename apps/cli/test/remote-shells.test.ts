import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { remoteCommand, routeTo } from '../src/remote/ssh.ts';

const folder = mkdtempSync(join(tmpdir(), 'pm-remote-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// The login shell of a host is what its user has chosen.
describe.each(['sh', 'bash', 'dash', 'zsh', 'ksh', 'mksh', 'fish', 'tcsh', 'csh'])(
  'a host whose shell is %s',
  (shell) => {
    const isThere = spawnSync(shell, ['-c', 'true']).status === 0;
    const home = join(folder, shell);
    mkdirSync(join(home, '.local/bin'), { recursive: true });
    const run = (line: string) =>
      spawnSync(shell, ['-c', line], { env: { PATH: '/usr/bin:/bin', HOME: home }, encoding: 'utf8' });

    test.skipIf(!isThere)('runs the pm in ~/.local/bin, and says how it ended', () => {
      writeFileSync(join(home, '.local/bin/pm'), '#!/bin/sh\necho "$@"\ncat\necho err >&2\nexit 7\n');
      chmodSync(join(home, '.local/bin/pm'), 0o755);
      expect(run(remoteCommand('ls', 'eyJ-_', '@pm-1', 'none'))).toMatchObject({
        status: 7,
        stdout: 'ls --over-ssh eyJ-_\n@pm-1 end 7\n',
        stderr: 'err\n@pm-1 end 7\n',
      });
      rmSync(join(home, '.local/bin/pm'));
    });

    test.skipIf(!isThere)('says that there is no pm', () => {
      expect(run(remoteCommand('ls', 'eyJ-_', '@pm-1', 'none'))).toMatchObject({
        status: 127,
        stderr: '@pm-1 absent /usr/bin:/bin\n@pm-1 end 127\n',
      });
    });
  },
);

describe('the shared connection', () => {
  test('has a socket in a folder of the user alone', () => {
    const state = join(folder, 'state');
    const { socket = '', folder: own } = routeTo('user@gpu', { XDG_STATE_HOME: state });
    expect(socket).toMatch(/^.*\/process-monitor\/ssh\/[0-9a-f]{12}$/);
    expect(statSync(own ?? '').mode & 0o777).toBe(0o700);
    expect(routeTo('user@other', { XDG_STATE_HOME: state }).socket).not.toBe(socket);
  });

  test.each([
    ['the path is too long for a socket', { XDG_STATE_HOME: join(folder, 'x'.repeat(100)) }],
    ['ssh would read the path', { XDG_STATE_HOME: join(folder, '$HOME') }],
    ['there is no state folder', {}],
  ])('is not shared where %s', (_what, env) => {
    expect(routeTo('gpu', env).socket).toBeUndefined();
  });

  test('is not shared in a folder that others may enter', () => {
    const state = join(folder, 'open');
    routeTo('gpu', { XDG_STATE_HOME: state });
    chmodSync(join(state, 'process-monitor/ssh'), 0o755);
    expect(routeTo('gpu', { XDG_STATE_HOME: state })).toMatchObject({ socket: undefined, folder: undefined });
  });
});

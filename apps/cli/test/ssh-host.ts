import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { built, until } from '@pm/testing';
import { execa } from 'execa';

/** The built pm. */
export const MAIN: string = built(fileURLToPath(new URL('../dist/main.cjs', import.meta.url)));
const PM_OF_HOST = fileURLToPath(new URL('fixtures/pm-of-host.sh', import.meta.url));
const SSHD = '/usr/sbin/sshd';

/** Whether this machine has OpenSSH, both ends of it, and lets us start a server. */
export const HAS_SSHD: boolean = existsSync(SSHD) && spawnSync('ssh', ['-V']).status === 0 && canSeparate();

/** Another host: an sshd on loopback, and the built pm behind it. */
export type SshHost = Awaited<ReturnType<typeof openSshHost>>;

interface CallOptions {
  readonly stdin?: 'ignore' | 'pipe';
  readonly input?: string;
  readonly cwd?: string;
  readonly stripFinalNewline?: boolean;
}

/** sshd wants this folder if root starts it. */
function canSeparate(): boolean {
  try {
    if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
    return true;
  } catch {
    return false;
  }
}

/** Starts an sshd of its own, with keys and a configuration in a temporary folder. Who opens it closes it. */
export async function openSshHost() {
  const folder = mkdtempSync(join(tmpdir(), 'pm-ssh-'));
  const at = (name: string): string => join(folder, name);
  for (const name of ['here', 'there', 'bin', 'work']) mkdirSync(at(name), { mode: 0o700 });
  for (const key of ['host-key', 'user-key']) execFileSync('ssh-keygen', ['-qt', 'ed25519', '-N', '', '-f', at(key)]);
  symlinkSync(PM_OF_HOST, at('bin/pm'));
  const port = await freePort();
  const there = {
    PATH: `${at('bin')}:${dirname(process.execPath)}:/usr/bin:/bin`,
    XDG_STATE_HOME: at('there'),
    HOME: at('there'),
    LAB: folder,
    NODE: process.execPath,
    MAIN,
    PM_RESIDENT: 'off',
  };
  writeFileSync(
    at('sshd_config'),
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${at('host-key')}`,
      `AuthorizedKeysFile ${at('user-key.pub')}`,
      'UsePAM no',
      'StrictModes no',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'PidFile none',
      `SetEnv ${Object.entries(there)
        .map((pair) => pair.join('='))
        .join(' ')}`,
      '',
    ].join('\n'),
  );
  writeFileSync(
    at('ssh_config'),
    [
      'Host gpu',
      'HostName 127.0.0.1',
      `Port ${port}`,
      `IdentityFile ${at('user-key')}`,
      'IdentitiesOnly yes',
      'IdentityAgent none',
      `UserKnownHostsFile ${at('known-hosts')}`,
      'StrictHostKeyChecking accept-new',
      'Host nobody',
      'HostName 127.0.0.1',
      `Port ${await freePort()}`,
      '',
    ].join('\n'),
  );
  mkdirSync(at('path'));
  writeFileSync(at('path/ssh'), `#!/bin/sh\nexec /usr/bin/ssh -F ${at('ssh_config')} "$@"\n`, { mode: 0o755 });
  const env = { ...process.env, PATH: `${at('path')}:${process.env['PATH']}`, XDG_STATE_HOME: at('here'), PM_DIR: '' };
  let sshd: ChildProcess | undefined;

  const listen = async (): Promise<void> => {
    sshd = spawn(SSHD, ['-D', '-f', at('sshd_config'), '-E', at('sshd.log')], { stdio: 'ignore' });
    await until(() => (existsSync(at('sshd.log')) ? readFileSync(at('sshd.log'), 'utf8') : '').includes('listening'));
  };
  const drop = (): number => {
    const connections = sshd?.pid === undefined ? [] : childrenOf(sshd.pid);
    for (const pid of connections) process.kill(pid, 'SIGKILL');
    return connections.length;
  };
  const shut = async (): Promise<void> => {
    const server = sshd;
    if (server === undefined) return;
    const over = new Promise((resolve) => server.once('exit', resolve));
    process.kill(server.pid ?? 0, 'SIGSTOP'); // no new connection between the two
    drop();
    server.kill('SIGKILL');
    await over;
    sshd = undefined;
    rmSync(at('sshd.log'));
  };
  await listen();
  return {
    /** A folder of both sides. */
    folder,
    /** How `--host` names a directory there. */
    name: `gpu:${at('work')}`,
    /** The directory on the host. */
    work: at('work'),
    /** The environment of who calls. */
    env,
    /** Calls the built pm. */
    pm: (argv: readonly string[], options: CallOptions = {}) =>
      execa(process.execPath, [MAIN, ...argv], { env, cwd: folder, reject: false, stdin: 'ignore', ...options }),
    /** Kills what serves the connections there. What runs behind them goes on. @returns how many there were */
    drop,
    /** Kills the shared connection at this end. @returns whether there was one */
    dropMaster: (): boolean => {
      const sockets = `${at('here')}/process-monitor/ssh`;
      const names = existsSync(sockets) ? readdirSync(sockets).filter((name) => /^[0-9a-f]{12}$/.test(name)) : [];
      return names.some((name) => {
        const check = ['-S', join(sockets, name), '-O', 'check', 'gpu'];
        const [, pid] = /pid=(\d+)/.exec(spawnSync('ssh', check, { env, encoding: 'utf8' }).stderr) ?? [];
        return pid !== undefined && process.kill(Number(pid), 'SIGKILL');
      });
    },
    /** Stops listening, and kills the connections. */
    shut,
    listen,
    close: async (): Promise<void> => {
      const options = { cwd: at('work'), env: { ...env, ...there }, reject: false, stdin: 'ignore' } as const;
      await execa(process.execPath, [MAIN, 'down', '--force'], options);
      await shut();
      await rm(folder, { recursive: true, force: true, maxRetries: 50 });
    },
  };
}

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.split(' ').filter(Boolean).map(Number);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(address !== null && typeof address === 'object' ? address.port : 0));
    });
  });
}

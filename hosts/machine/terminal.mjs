// A terminal for an interactive host: tmux with a server of its own, so that nobody else's sessions are touched.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identityOf, signal } from './identity.mjs';
import { until } from './until.mjs';
import { readIf } from './world.mjs';

export function hasTmux() {
  return spawnSync('tmux', ['-V']).status === 0;
}

/**
 * Runs a command in a terminal of its own, below a shell that stays when the command has ended, as a person's shell does. Resolves with the
 * identity of the command once it runs.
 */
export async function openTerminal({ folder, name, command, env, cwd }) {
  const socket = join(folder, `${name}.tmux`);
  const pidFile = join(folder, `${name}.pid`);
  const script = join(folder, `${name}.sh`);
  const words = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  writeFileSync(
    script,
    `sh -c 'echo $$ >"$0"; exec "$@"' '${pidFile}' ${words}\necho "status $?" >'${pidFile}.end'\ncat\n`,
  );
  const tmux = (...args) =>
    spawnSync('tmux', ['-S', socket, '-f', '/dev/null', ...args], { env, cwd, encoding: 'utf8' });
  const { status, stderr } = tmux('new-session', '-d', '-x', '180', '-y', '50', 'sh', script);
  if (status !== 0) throw new Error(`tmux: ${stderr}`);
  const server = identityOf(Number(tmux('display-message', '-p', '#{pid}').stdout));
  const pid = await until(() => Number(readIf(pidFile)) || undefined, { what: `${name} in its terminal` });
  const host = identityOf(pid);
  return {
    host,
    server,
    screen: () => tmux('capture-pane', '-p').stdout,
    type: (text) => tmux('send-keys', '-l', text),
    press: (key) => tmux('send-keys', key),
    ended: () => readIf(`${pidFile}.end`),
    /** Closes the terminal, and with it hangs up on whatever runs in it. */
    close: () => tmux('kill-server'),
    kill: () => signal(host, 'SIGKILL'),
  };
}

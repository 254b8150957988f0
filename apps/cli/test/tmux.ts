import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { built, until } from '@pm/testing';
import { expect } from 'vitest';

const MAIN = fileURLToPath(new URL('../dist/main.cjs', import.meta.url));

export const HAS_TMUX: boolean = spawnSync('tmux', ['-V']).error === undefined;

/** A user with projects of their own, who types into the panes of a tmux server of their own. */
export interface Desk {
  readonly folder: string;
  /** Calls pm in a project, and returns its answer. */
  readonly pm: (
    project: string,
    ...args: string[]
  ) => { runs: readonly Record<string, unknown>[] } & Record<string, unknown>;
  /** Lets all jobs that wait for it go on. */
  readonly cue: (name: string) => void;
  readonly open: (columns: number, rows: number, env?: Readonly<Record<string, string>>) => Pane;
  readonly close: () => Promise<void>;
}

/** A shell in a terminal. */
export interface Pane {
  /** Types keys as tmux names them. */
  readonly type: (...keys: string[]) => void;
  readonly line: (command: string) => void;
  readonly text: () => string;
  /** With its colours. */
  readonly raw: () => string;
  /** A fact about the pane, such as `alternate_on`. */
  readonly fact: (name: string) => string;
  readonly resize: (columns: number, rows: number) => void;
  /** Waits until the screen matches. */
  readonly shows: (pattern: RegExp) => Promise<void>;
  /** The pid of the program that `line` has started with `recorded`. */
  readonly pid: () => number;
}

/** Starts a tmux server. Nothing of the user's own configuration is read. */
export function openDesk(): Desk {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'pm-top-')));
  const [bin, socket] = [join(folder, 'bin'), join(folder, 'tmux')];
  mkdirSync(bin);
  symlinkSync(built(MAIN), join(bin, 'pm'));
  const env: NodeJS.ProcessEnv = {
    PATH: `${bin}${delimiter}${process.env['PATH']}`,
    HOME: folder,
    LANG: 'C.UTF-8',
    LC_ALL: 'C.UTF-8',
    PM_RESIDENT: 'off',
    PS1: '$ ',
    XDG_STATE_HOME: join(folder, 'state'),
  };
  const tmux = (...args: string[]): string =>
    execFileSync('tmux', ['-S', socket, '-f', '/dev/null', ...args], {
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  let opened = 0;

  const open = (columns: number, rows: number, more: Readonly<Record<string, string>> = {}): Pane => {
    const name = `pane-${++opened}`;
    const pidFile = join(folder, `${name}.pid`);
    const given = Object.entries({ ...env, PID_FILE: pidFile, ...more }).map(([key, value]) => `${key}=${value}`);
    const size = ['-x', String(columns), '-y', String(rows)];
    tmux(
      'new-session',
      '-d',
      '-s',
      name,
      ...size,
      '-c',
      folder,
      'env',
      '-u',
      'TMUX',
      '-u',
      'TMUX_PANE',
      ...given,
      'bash',
      '--norc',
      '--noprofile',
    );
    const text = (): string => tmux('capture-pane', '-p', '-t', name);
    return {
      type: (...keys) => void tmux('send-keys', '-t', name, ...keys),
      line: (command) => {
        tmux('send-keys', '-t', name, '-l', command);
        tmux('send-keys', '-t', name, 'Enter');
      },
      text,
      raw: () => tmux('capture-pane', '-e', '-p', '-t', name),
      fact: (fact) => tmux('display-message', '-p', '-t', name, `#{${fact}}`).trim(),
      resize: (wide, high) => void tmux('resize-window', '-t', name, '-x', String(wide), '-y', String(high)),
      shows: async (pattern) => {
        await until(() => pattern.test(text())).catch(() => expect(text()).toMatch(pattern));
      },
      pid: () => Number(readFileSync(pidFile, 'utf8')),
    };
  };
  return {
    folder,
    open,
    pm: (project, ...args) => {
      const cwd = join(folder, project);
      mkdirSync(cwd, { recursive: true });
      writeFileSync(join(cwd, 'package.json'), '{}');
      const [verb = '', ...rest] = args;
      const { stdout } = spawnSync(join(bin, 'pm'), [verb, '--json', ...rest], { cwd, env, encoding: 'utf8' });
      return JSON.parse(stdout);
    },
    cue: (name) => writeFileSync(join(folder, name), ''),
    close: async () => {
      try {
        tmux('kill-server');
      } catch {
        // no pane was opened, or all have ended
      }
      await rm(folder, { recursive: true, force: true, maxRetries: 50 });
    },
  };
}

/** A command line that writes its pid to a file before it becomes the program, so that a test can signal it. */
export function recorded(command: string): string {
  return `bash -c 'echo $$ > "$PID_FILE"; exec ${command}'`;
}

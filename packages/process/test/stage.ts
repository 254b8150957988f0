import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '@pm/testing';
import { type Identity, identify, isAlive } from '../src/identity.ts';
import { scan } from '../src/platform/current.ts';
import { signalIfSame } from '../src/signal.ts';
import { growTree, membersOf } from '../src/tree/grow-tree.ts';
import type { Tree } from '../src/tree/tree.ts';

/** A folder and the real processes of one test; `close` ends every one of them, by identity. */
export interface Stage {
  readonly folder: string;
  /** Environment entry that every process of this stage inherits. */
  readonly marker: string;
  /** Starts a fixture in a session of its own; its first argument is the folder. */
  start(fixture: string, ...args: string[]): Identity;
  /** The process that wrote `<role>.pid`, once it has. */
  player(role: string): Promise<Identity>;
  /** Puts an empty file of this name into the folder: the cue a fixture waits for. */
  cue(name: string): void;
  close(): Promise<void>;
}

/** Opens an empty stage. */
export function openStage(): Stage {
  const folder = mkdtempSync(join(tmpdir(), 'pm-process-'));
  const marker = `PM_STAGE=${randomUUID()}`;
  const started: Identity[] = [];
  const tracked: Identity[] = [];

  const track = (pid: number | undefined): Identity => {
    const identity = identify(pid ?? 0);
    if (identity === undefined) throw new Error(`no process ${pid}`);
    tracked.push(identity);
    return identity;
  };
  return {
    folder,
    marker,
    start(fixture, ...args) {
      const program = fixture.startsWith('/') ? fixture : pathOf(fixture);
      const env = { ...process.env, PM_STAGE: marker.slice('PM_STAGE='.length) };
      const identity = track(spawn(program, [folder, ...args], { detached: true, stdio: 'ignore', env }).pid);
      started.push(identity);
      return identity;
    },
    async player(role) {
      const file = join(folder, `${role}.pid`);
      await until(() => existsSync(file) && readFileSync(file, 'utf8').endsWith('\n'));
      return track(Number(readFileSync(file, 'utf8')));
    },
    cue(name) {
      writeFileSync(join(folder, name), '');
    },
    async close() {
      const trees = new Map<Identity, Tree>();
      await until(() => {
        const table = scan();
        for (const root of started) trees.set(root, growTree({ root, marker }, trees.get(root), table));
        const alive = [...tracked, ...[...trees.values()].flatMap(membersOf)].filter(isAlive);
        for (const identity of alive) signalIfSame(identity, 'SIGKILL');
        return alive.length === 0;
      });
      rmSync(folder, { recursive: true });
    },
  };
}

/** The path of a fixture program. */
export function pathOf(fixture: string): string {
  return fileURLToPath(new URL(`fixtures/${fixture}`, import.meta.url));
}

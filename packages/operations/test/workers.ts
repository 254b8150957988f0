import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Answer, Context } from '../src/index.ts';
import type { Stage } from './stage.ts';

/** A worker in a folder of its own, as on another host. */
export interface WorkerAt {
  readonly dir: string;
  /** Takes nothing new, and waits for what runs. */
  readonly leave: () => Promise<Answer>;
}

/**
 * Writes the configuration of submitter and worker: one queue on an engine.
 * @param more what else the configuration says of the queue
 * @returns its name, which no other test has
 */
export function configureQueue(stage: Stage, engine: string, more: object = {}, steps: object = {}): string {
  const queue = `q${process.pid}-${queues++}`;
  const config = { queues: { [queue]: { engine, lease: '8s', env: ['TRAVELS'], ...more } }, steps };
  for (const folder of [stage.folder, join(stage.folder, 'host')]) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'pm.config.json'), JSON.stringify(config));
  }
  return queue;
}

let queues = 0;

/** Starts a worker in the folder `host` of a stage. */
export function workAt(stage: Stage, queue: string, more: object = {}, own: Partial<Context> = {}): WorkerAt {
  const leaving = new AbortController();
  const host = join(stage.folder, 'host');
  const dir = join(host, '.pm');
  const input = { queue, name: 'gpu-1', dir, ...more };
  const done = stage.ask('worker' as never, input, { cwd: host, signal: leaving.signal, ...own });
  done.catch(() => {});
  return {
    dir,
    leave: () => {
      leaving.abort();
      return done;
    },
  };
}

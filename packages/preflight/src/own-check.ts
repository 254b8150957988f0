import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { PmError } from '@pm/protocol';
import * as z from 'zod/mini';
import type { Check, Inspection, Place, Remedy } from './check.ts';
import { inTime } from './in-time.ts';
import { inTurns } from './in-turns.ts';

/** Beside `src`, `dist`, and the chunks of an app that bundles us. */
const THREAD = fileURLToPath(new URL('../assets/own-check.mjs', import.meta.url));
/** To read a module and what it imports. */
const LOADING_MS = 10_000;
/** For the check to let go of what it holds, once nobody waits for it. */
const LEAVING_MS = 100;

/** Where a check of the project's own is: a path seen from `home`, or a package installed there. Undefined if nowhere. */
export function locateOwnCheck(id: string, home: string): string | undefined {
  if (/^\.{0,2}\//.test(id)) {
    const file = resolve(home, id);
    return statSync(file, { throwIfNoEntry: false })?.isFile() === true ? file : undefined;
  }
  try {
    const file = createRequire(join(home, 'pm.config.json')).resolve(id);
    return isAbsolute(file) ? file : undefined; // `fs` is a module of Node's own
  } catch {
    return undefined;
  }
}

/**
 * A check of the project's own. It runs in a thread of its own: one that never returns is ended, and neither its output nor its
 * `process.exit(0)` nor an error it throws later can be taken for ours.
 * @throws PmError `usage` if the module cannot be loaded, exports no check, or does not take these options
 */
export async function openOwnCheck(
  file: string,
  written: { readonly text: string | undefined; readonly given: object },
  { where, env }: { readonly where: string; readonly env: Place['env'] },
): Promise<Check<unknown>> {
  let spare: OwnThread | undefined = await opened(file, written, env);
  if (spare.told.type === 'fault') {
    spare.end();
    throw new PmError(
      'usage',
      `${where}: ${file} ${spare.told.why}.`,
      'contributing/add-a-check.md shows what a check is.',
    );
  }
  const { id, title } = spare.told;
  let remedies: readonly Remedy[] = [];
  return {
    id,
    title,
    options: z.unknown(),
    fromText: (text) => text,
    async inspect(_, place, signal) {
      const thread = spare ?? (await opened(file, written, env));
      spare = undefined;
      signal.addEventListener('abort', () => thread.leave(), { once: true });
      const answer = await thread.ask({ ...place, env: { ...place.env } });
      thread.end();
      if (answer.type !== 'inspected') throw new Error(answer.why);
      remedies = answer.remedies;
      return answer.inspection;
    },
    remedies: () => remedies,
  };
}

type Told =
  | { readonly type: 'ready'; readonly id: string; readonly title: string }
  | { readonly type: 'fault'; readonly why: string };
type Answered =
  | { readonly type: 'inspected'; readonly inspection: Inspection; readonly remedies: readonly Remedy[] }
  | { readonly type: 'threw' | 'fault'; readonly why: string };

interface OwnThread {
  readonly told: Told;
  ask(place: Place): Promise<Answered>;
  /** Asks it to leave, then makes it. */
  leave(): void;
  end(): void;
}

/** Fifty at once would take each other's time to load, until none is loaded in its own. */
const loadInTurn = inTurns(4);

function opened(file: string, written: object, env: Place['env']): Promise<OwnThread> {
  return loadInTurn(() => open(file, written, env));
}

async function open(file: string, written: object, env: Place['env']): Promise<OwnThread> {
  const worker = new Worker(THREAD, {
    workerData: { href: pathToFileURL(file).href, ...written },
    env: { ...env } as NodeJS.ProcessEnv,
    argv: [],
    execArgv: [],
    stdout: true,
    stderr: true,
  });
  worker.unref();
  for (const stream of [worker.stdout, worker.stderr]) stream.resume();
  worker.on('error', () => {}); // told by `next`, if somebody waits
  const end = (): void => void worker.terminate().catch(() => {});
  const told = await inTime(LOADING_MS, undefined, () => next<Told>(worker));
  return {
    told: told.kind === 'done' ? told.value : { type: 'fault', why: `was not loaded within ${LOADING_MS / 1000} s` },
    async ask(place) {
      const answer = next<Answered>(worker);
      worker.postMessage({ type: 'inspect', place });
      return answer;
    },
    leave() {
      worker.postMessage({ type: 'leave' });
      setTimeout(end, LEAVING_MS);
    },
    end,
  };
}

/** What the thread says next, or how it ended instead. */
function next<T>(worker: Worker): Promise<T | { type: 'fault'; why: string }> {
  return new Promise((settle) => {
    worker.once('message', settle);
    worker.once('error', (error: unknown) =>
      settle({ type: 'fault', why: `threw ${String(Object(error).message ?? error).split('\n')[0]}` }),
    );
    worker.once('exit', (code) => settle({ type: 'fault', why: `ended its thread (exit ${code}) without an answer` }));
  });
}

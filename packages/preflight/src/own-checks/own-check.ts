import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PmError } from '@pm/protocol';
import * as z from 'zod/mini';
import type { Check, CheckContext, CheckResult, Remedy } from '../check.ts';
import { withTimeout } from '../with-timeout.ts';
import { limitConcurrency } from './limit-concurrency.ts';
import { type CheckThread, openThread, type ThreadFault } from './own-checks-process.ts';

/** How long it may take to load a module and its imports. */
const LOADING_MS = 10_000;
/** How long a check may take to clean up after its budget is over. */
const CLEANUP_MS = 100;
/** A check that was loaded and is not run is ended after this time. It is not run if another check could not be prepared. */
const UNUSED_MS = 10_000;

/** The file of one of the project's own checks: a path relative to `home`, or a package installed there. Undefined if there is none. */
export function locateOwnCheck(id: string, home: string): string | undefined {
  try {
    if (/^\.{0,2}\//.test(id)) {
      const file = resolve(home, id);
      return statSync(file).isFile() ? file : undefined;
    }
    const file = createRequire(join(home, 'pm.config.json')).resolve(id);
    return isAbsolute(file) ? file : undefined; // `fs` is a module of Node itself
  } catch {
    return undefined;
  }
}

/**
 * Loads one of the project's own checks. It runs in its own thread, in a process that is not ours: if it never returns, it is ended, and
 * its output, its `process.exit(0)` and its late errors cannot be mistaken for ours.
 * @throws PmError `usage` if the module cannot be loaded, exports no check, or does not accept these options
 */
export async function openOwnCheck(
  file: string,
  written: { readonly text: string | undefined; readonly given: object },
  { where, env }: { readonly where: string; readonly env: CheckContext['env'] },
): Promise<Check<unknown>> {
  const first = await load(file, written, env);
  if (first.message.type === 'fault') {
    await first.end();
    throw new PmError(
      'usage',
      `${where}: ${file} ${first.message.why}.`,
      'contributing/add-a-check.md shows how to write a check.',
    );
  }
  let waiting: LoadedCheck | undefined = first;
  const unused = setTimeout(() => {
    void waiting?.end();
    waiting = undefined;
  }, UNUSED_MS).unref();
  const { id, title } = first.message;
  let remedies: readonly Remedy[] = [];
  return {
    id,
    title,
    options: z.unknown(),
    fromText: (text) => text,
    async inspect(_, { output: _output, ...sendable }, signal) {
      clearTimeout(unused);
      const thread = waiting ?? (await load(file, written, env));
      waiting = undefined;
      signal.addEventListener('abort', () => thread.leave(), { once: true });
      const answer = await thread.ask({ ...sendable, env: { ...sendable.env } });
      await thread.end();
      if (answer.type !== 'inspected') throw new Error(answer.why);
      remedies = answer.remedies;
      return answer.inspection;
    },
    remedies: () => remedies,
    dispose() {
      const unused = waiting;
      waiting = undefined;
      return unused?.end();
    },
  };
}

type LoadMessage = { readonly type: 'ready'; readonly id: string; readonly title: string } | ThreadFault;
type ResultMessage =
  | { readonly type: 'inspected'; readonly inspection: CheckResult; readonly remedies: readonly Remedy[] }
  | { readonly type: 'threw'; readonly why: string }
  | ThreadFault;

interface LoadedCheck {
  readonly message: LoadMessage;
  ask(context: CheckContext): Promise<ResultMessage>;
  /** Aborts its signal, and ends it shortly after. */
  leave(): void;
  end(): Promise<void>;
}

/** Fifty modules loading at once would slow each other down until none is loaded in time. */
const inTurn = limitConcurrency(4);

function load(file: string, written: object, env: CheckContext['env']): Promise<LoadedCheck> {
  return inTurn(() => loadNow(file, written, env));
}

async function loadNow(file: string, written: object, env: CheckContext['env']): Promise<LoadedCheck> {
  const thread: CheckThread<LoadMessage | ResultMessage> = openThread(
    { href: pathToFileURL(file).href, ...written },
    env,
  );
  const message = await withTimeout(LOADING_MS, undefined, () => thread.next() as Promise<LoadMessage>);
  return {
    message:
      message.kind === 'done'
        ? message.value
        : { type: 'fault', why: `could not be loaded within ${LOADING_MS / 1000}s` },
    ask(context) {
      thread.post({ type: 'inspect', context });
      return thread.next() as Promise<ResultMessage>;
    },
    leave() {
      thread.post({ type: 'leave' });
      setTimeout(() => void thread.end(), CLEANUP_MS);
    },
    end: () => thread.end(),
  };
}

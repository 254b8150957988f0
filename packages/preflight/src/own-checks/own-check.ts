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

/** To read a module and what it imports. */
const LOADING_MS = 10_000;
/** For the check to let go of what it holds, once nobody waits for it. */
const LEAVING_MS = 100;
/** For a check that was loaded and is not asked: another one was no check, and there is nothing to ask. */
const SPARE_MS = 10_000;

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
 * A check of the project's own. It runs in a thread of its own, in a process that is not ours: one that never returns is ended,
 * and neither its output nor its `process.exit(0)` nor an error it throws later can be taken for ours.
 * @throws PmError `usage` if the module cannot be loaded, exports no check, or does not take these options
 */
export async function openOwnCheck(
  file: string,
  written: { readonly text: string | undefined; readonly given: object },
  { where, env }: { readonly where: string; readonly env: CheckContext['env'] },
): Promise<Check<unknown>> {
  const first = await opened(file, written, env);
  if (first.told.type === 'fault') {
    await first.end();
    throw new PmError(
      'usage',
      `${where}: ${file} ${first.told.why}.`,
      'contributing/add-a-check.md shows what a check is.',
    );
  }
  let spare: Opened | undefined = first;
  const unasked = setTimeout(() => {
    void spare?.end();
    spare = undefined;
  }, SPARE_MS).unref();
  const { id, title } = first.told;
  let remedies: readonly Remedy[] = [];
  return {
    id,
    title,
    options: z.unknown(),
    fromText: (text) => text,
    async inspect(_, context, signal) {
      clearTimeout(unasked);
      const thread = spare ?? (await opened(file, written, env));
      spare = undefined;
      signal.addEventListener('abort', () => thread.leave(), { once: true });
      const answer = await thread.ask({ ...context, env: { ...context.env } });
      await thread.end();
      if (answer.type !== 'inspected') throw new Error(answer.why);
      remedies = answer.remedies;
      return answer.inspection;
    },
    remedies: () => remedies,
    dispose() {
      const unasked = spare;
      spare = undefined;
      return unasked?.end();
    },
  };
}

type Told = { readonly type: 'ready'; readonly id: string; readonly title: string } | ThreadFault;
type Answered =
  | { readonly type: 'inspected'; readonly inspection: CheckResult; readonly remedies: readonly Remedy[] }
  | { readonly type: 'threw'; readonly why: string }
  | ThreadFault;

interface Opened {
  readonly told: Told;
  ask(context: CheckContext): Promise<Answered>;
  /** Asks it to leave, then makes it. */
  leave(): void;
  end(): Promise<void>;
}

/** Fifty at once would take each other's time to load, until none is loaded in its own. */
const loadInTurn = limitConcurrency(4);

function opened(file: string, written: object, env: CheckContext['env']): Promise<Opened> {
  return loadInTurn(() => open(file, written, env));
}

async function open(file: string, written: object, env: CheckContext['env']): Promise<Opened> {
  const thread: CheckThread<Told | Answered> = openThread({ href: pathToFileURL(file).href, ...written }, env);
  const told = await withTimeout(LOADING_MS, undefined, () => thread.next() as Promise<Told>);
  return {
    told: told.kind === 'done' ? told.value : { type: 'fault', why: `was not loaded within ${LOADING_MS / 1000} s` },
    ask(context) {
      thread.post({ type: 'inspect', context });
      return thread.next() as Promise<Answered>;
    },
    leave() {
      thread.post({ type: 'leave' });
      setTimeout(() => void thread.end(), LEAVING_MS);
    },
    end: () => thread.end(),
  };
}

import { resolve } from 'node:path';
import { isStepName, type QueuedRecord, type RunRecord } from '@pm/protocol';
import { presentIn, readClaim, readQueued } from '@pm/protocol/fs';
import { readStepState } from '@pm/wrapper';
import type { Context } from '../project/context.ts';
import { type StartInput, type StartRequest, wordsWithPort } from '../project/start-request.ts';

interface ChosenName {
  readonly step: string;
  /** Why it is not the derived name. */
  readonly note?: string;
}

interface Asked {
  readonly dir: string;
  readonly command: readonly string[];
  /** Where it would run. */
  readonly cwd: string;
  /** Names that pm.config.json has for other commands. */
  readonly reserved: ReadonlySet<string>;
}

/** The name of the caller, or the derived one with a number if another command is running under it. */
export async function nameOf(
  request: StartRequest,
  input: StartInput,
  dir: string,
  context: Context,
): Promise<ChosenName> {
  if (!isUnnamed(input)) return { step: request.step };
  const cwd = resolve(context.cwd, request.cwd ?? '.');
  const reserved = new Set(Object.keys(request.config?.steps ?? {}));
  return freeName(request.step, { dir, command: request.command, cwd, reserved });
}

/** The caller has named a command and no step. */
export function isUnnamed({ step, command }: StartInput): boolean {
  return step === undefined && command !== undefined;
}

/**
 * The name of a run whose caller chose none. The derived name, unless another command is running under it: then `train-2`, `train-3`
 * and so on. A command that has run under one of these names before keeps it, so that a repetition is recognised.
 * @param base as `deriveStep` gives it
 */
async function freeName(base: string, asked: Asked): Promise<ChosenName> {
  const { dir, command, cwd, reserved } = asked;
  let free: string | undefined;
  for (let n = 1; ; n++) {
    const step = n === 1 ? base : numbered(base, n);
    if (n > 1 && reserved.has(step)) continue;
    const claim = readClaim(dir, step);
    const state = await readStepState(dir, step);
    const waiting = presentIn(readQueued(dir, step));
    const newest = waiting ?? (state.kind === 'already-running' ? state.run : claim && presentIn(claim.run));
    const isSame = newest?.cwd === cwd && isSameCommand(newest.argv, command, portOf(newest));
    if (isSame) return n === 1 ? { step } : { step, note: `named ${step}, as before` };
    if (state.kind === 'free' && waiting === undefined) free ??= step;
    if (claim !== undefined || free === undefined) continue;
    return free === base ? { step: free } : { step: free, note: `named ${free}: ${base} is running another command` };
  }
}

/** A run that waits for its turn has no port yet. */
function portOf(record: RunRecord | QueuedRecord): number | undefined {
  return 'port' in record && typeof record.port === 'number' ? record.port : undefined;
}

/**
 * Whether a command has the words of a run.
 * @param asked may have `{port}` where the run has its port
 */
export function isSameCommand(run: readonly string[], asked: readonly string[], port?: number): boolean {
  const words = wordsWithPort(asked, port);
  return run.length === words.length && run.every((word, n) => word === words[n]);
}

/** At most 64 characters, as every name of a step. */
function numbered(base: string, n: number): string {
  const name = `${base.slice(0, 64 - `-${n}`.length)}-${n}`;
  return isStepName(name) ? name : `run-${n}`;
}

import { dirname, resolve } from 'node:path';
import type { CheckSpec } from '@pm/preflight';
import { PmError } from '@pm/protocol';
import { withCount } from '@pm/protocol/text';
import { breakerOf, type StepBreaker } from '../config/breaker-of.ts';
import { type ConfiguredCheck, checksOf } from '../config/checks-of.ts';
import type { Config } from '../config/config.ts';
import type { PolicyInput } from '../config/policy-of.ts';
import { configFileOf } from '../config/read-config.ts';
import type { PortChoice } from '../shape/start-fields.ts';
import { deriveStep } from './derive-step.ts';

/** The input that `start` and `run` have in common, parsed. */
export interface StartInput extends PolicyInput {
  readonly step?: string | undefined;
  /** Default: the command of the step in pm.config.json. */
  readonly command?: readonly string[] | undefined;
  readonly dir?: string | undefined;
  readonly cwd?: string | undefined;
  readonly split?: boolean | undefined;
  /** Pass the caller's standard input to the command; or `open`: give it one that never ends. */
  readonly stdin?: boolean | 'open' | undefined;
  /** Words of shell syntax are arguments like others. */
  readonly literal?: boolean | undefined;
  /** Who is told how it ended. */
  readonly notify?: readonly string[] | undefined;
  /** Give it this port, or a free one. */
  readonly port?: PortChoice | undefined;
  /** Skip the configured checks. */
  readonly skipChecks?: boolean | undefined;
  /** The checks that all pass once when it is ready. */
  readonly ready?: readonly CheckSpec[] | undefined;
  readonly readyTimeout?: number | undefined;
  /** What is started because it needs it stays when it has ended. */
  readonly keep?: boolean | undefined;
  /** Wait for a turn in this queue. */
  readonly queue?: string | undefined;
  readonly priority?: number | undefined;
  /** Go before everything else in the queue. */
  readonly front?: boolean | undefined;
  /** Steps that have to end first: `build`, or `build:any`. */
  readonly after?: readonly string[] | undefined;
  /** What a worker must have to take it from a queue with an engine. */
  readonly label?: readonly string[] | undefined;
}

/** What is to be started: the call completed from the configuration. */
export interface StartRequest extends StartInput {
  readonly step: string;
  readonly command: readonly string[];
  /** The configuration as it was read for this call. Everything that follows uses this version. Undefined: there is no file. */
  readonly config: Config | undefined;
  /** The steps that must be ready before it begins. */
  readonly needs?: readonly string[] | undefined;
  /** It may run again elsewhere after its worker was lost. */
  readonly rerun?: 'if-lost' | undefined;
  /** The checks that must hold before it starts; absent if there are none. */
  readonly checks?: readonly ConfiguredCheck[];
  /** Undefined: this step has no breaker. */
  readonly breaker: StepBreaker | undefined;
}

/**
 * Completes a start from `pm.config.json`: options of the call win over those of its step, and those win over `defaults`.
 * A command of the call runs in the caller's directory, a command of the configuration in its `cwd`. Both are judged alike.
 * @param dir the directory of runs, beside which the file would be
 * @throws PmError `usage` if neither the call nor the configuration has a command
 */
export function startRequestOf(input: StartInput, config: Config | undefined, dir: string): StartRequest {
  const { command: asked, step: named, ...options } = input;
  const step = named ?? (asked === undefined ? undefined : deriveStep(asked));
  const entry = step !== undefined && Object.hasOwn(config?.steps ?? {}, step) ? config?.steps?.[step] : undefined;
  const command = asked ?? entry?.command;
  if (step === undefined || command === undefined) throw noCommand(step, config, dir);
  const breaker = breakerOf(config, step);
  if (config === undefined) return { ...input, step, command, config, breaker };
  const { command: _, cwd, checks: _own, ...judged } = entry ?? {};
  const { checks: _usual, ...usual } = config.defaults ?? {};
  const checks = checksOf(config, configFileOf(dir), step);
  const home = dirname(configFileOf(dir));
  return {
    ...usual,
    ...judged,
    ...definedIn(options),
    ...(asked === undefined && options.cwd === undefined && { cwd: resolve(home, cwd ?? '.') }),
    step,
    command,
    config,
    ...(checks.length > 0 && { checks }),
    breaker,
  };
}

function noCommand(step: string | undefined, config: Config | undefined, dir: string): PmError {
  const file = configFileOf(dir);
  const known = Object.keys(config?.steps ?? {});
  const steps = known.length === 0 ? 'has no steps' : `has only ${withCount(known, 12)}`;
  const there = config === undefined ? `there is no ${file}` : `${file} ${steps}`;
  return new PmError(
    'usage',
    `${step === undefined ? 'There is no command to run' : `${step} has no command`}: the call has none, and ${there}.`,
    `pm start ${step ?? 'train'} -- python train.py; or add it to pm.config.json (pm init writes one)`,
  );
}

function definedIn<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** The words of a command, with the port of the run for each `{port}` in them. Without a port they are as they were written. */
export function wordsWithPort(words: readonly string[], port: number | undefined): readonly string[] {
  return port === undefined ? words : words.map((word) => word.replaceAll('{port}', String(port)));
}

/** Whether the run is put in line, for its turn or for the end of others. */
export function waitsForTurn({ queue, after }: StartRequest): boolean {
  return queue !== undefined || (after !== undefined && after.length > 0);
}

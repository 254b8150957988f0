import { dirname, resolve } from 'node:path';
import { PmError } from '@pm/protocol';
import { breakerOf, type StepBreaker } from '../config/breaker-of.ts';
import { type ConfiguredCheck, checksOf } from '../config/checks-of.ts';
import type { Config } from '../config/config.ts';
import type { PolicyInput } from '../config/policy-of.ts';
import { configFileOf } from '../config/read-config.ts';
import { deriveStep } from './derive-step.ts';

/** What `start` and `run` have in common, parsed. */
export interface StartInput extends PolicyInput {
  readonly step?: string | undefined;
  /** Without one it is the step's in pm.config.json. */
  readonly command?: readonly string[] | undefined;
  readonly dir?: string | undefined;
  readonly cwd?: string | undefined;
  readonly split?: boolean | undefined;
  /** Begin whatever the checks of the configuration would say. */
  readonly skipChecks?: boolean | undefined;
}

/** What is to be started: the call completed from the configuration. */
export interface StartRequest extends StartInput {
  readonly step: string;
  readonly command: readonly string[];
  /** The file as it was read for this call; everything that follows is decided by this version. Undefined: there is none. */
  readonly config: Config | undefined;
  /** What has to hold before it begins; absent where nothing is asked. */
  readonly checks?: readonly ConfiguredCheck[];
  /** Undefined: this step has none. */
  readonly breaker: StepBreaker | undefined;
}

/**
 * Completes a start from `pm.config.json`: what the call says wins over its step's entry, that over `defaults`.
 * A command in the call is run where the call is made, one of the configuration where that says; how the step is judged is the same for both.
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
  const steps = known.length === 0 ? 'names no steps' : `has ${known.slice(0, 12).join(', ')}`;
  const there = config === undefined ? `there is no ${file}` : `${file} ${steps}`;
  return new PmError(
    'usage',
    `${step === undefined ? 'Nothing names what is to be run' : `${step} has no command`}: the call names none, and ${there}.`,
    `pm start ${step ?? 'train'} -- python train.py; or name it in pm.config.json (pm init writes one)`,
  );
}

function definedIn<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}

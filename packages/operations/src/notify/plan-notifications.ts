import { type Target, writePlan } from '@pm/notify';
import { PmError, type RunRecord } from '@pm/protocol';
import type { Context } from '../project/context.ts';
import type { StartRequest } from '../project/start-request.ts';
import { targetOf } from './target-of.ts';

/** Who is told about a run that is about to begin. */
export interface PlannedNotifications {
  /** Records it for the run that was begun. @returns what the caller has to know, one line each */
  readonly recordFor: (run: RunRecord) => string[];
}

// Why: contributing/decisions/2026-11-29-who-is-notified.md
/**
 * Finds the targets of a start, before anything is begun. What a call names has to work. What the configuration names must not keep a
 * run from starting: its faults are noted and recorded.
 * @param asked the targets of the call, without the configuration
 * @throws PmError `usage` for a word that is no target, and for a target of the call that cannot be told anything here
 */
export function planNotifications(
  { notify = [], config }: StartRequest,
  asked: readonly string[] | undefined,
  dir: string,
  owner: RunRecord['owner'],
  context: Context,
): PlannedNotifications | undefined {
  const isCall = asked !== undefined;
  const words = [...new Set(notify)].filter((word) => word !== 'none');
  const targets = words.flatMap((word) => targetOf(word, { isCall, config, dir, owner, context }) ?? []);
  const faulty = targets.find(({ plan }) => plan.fault !== undefined);
  if (isCall && faulty !== undefined) throw cannotBeTold(faulty);
  if (targets.length === 0) return undefined;
  return { recordFor: (run) => recordFor(dir, run, targets, context) };
}

function cannotBeTold({ plan: { name, fault } }: Target): PmError {
  const next = 'Correct it, or start it without --notify. Nothing was started.';
  return new PmError('usage', `--notify: ${name} cannot be told: ${fault}.`, next);
}

/** A run that nobody can be told about begins all the same. */
function recordFor(dir: string, run: RunRecord, targets: readonly Target[], { env, resident }: Context): string[] {
  const faults = targets.flatMap(({ plan: { name, fault } }) =>
    fault === undefined ? [] : [`${name} is not told how it ends: ${fault}`],
  );
  try {
    writePlan(dir, run.id, targets);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return [`nobody is told how it ends: that could not be recorded (${code})`];
  }
  const off = 'nobody is told how it ends while PM_RESIDENT is off: the resident monitor delivers';
  return [...faults, ...(env['PM_RESIDENT'] === 'off' && resident !== undefined ? [off] : [])];
}

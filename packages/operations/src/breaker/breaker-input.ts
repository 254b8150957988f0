import { Duration, PmError } from '@pm/protocol';
import * as z from 'zod/mini';
import { describe } from '../shape/describe.ts';
import { dir } from '../shape/fields.ts';

// The input of `breaker`, and the errors of calls that it does not accept.

const ACTIONS = ['status', 'ask', 'record', 'trip', 'reset', 'hold'] as const;

/** One action of a breaker. */
export type BreakerAction = (typeof ACTIONS)[number];

export const BreakerInput = z.strictObject({
  action: describe('What to do. Default: list all breakers.', z.optional(z.enum(ACTIONS))),
  name: describe('Name of the breaker: a step, or the name that several steps share.', z.optional(z.string())),
  outcome: describe('record: how the work ended.', z.optional(z.enum(['success', 'failed']))),
  dir,
  signature: describe(
    'record: the error message of the failure. Parts that differ each time, such as numbers, are ignored.',
    z.optional(z.string().check(z.maxLength(20_000))),
  ),
  reason: describe(
    'trip, reset, hold: why. Shown when a start is refused.',
    z.optional(z.string().check(z.maxLength(200))),
  ),
  for: describe(
    'hold: for how long (default: until a reset). ask: how long the work may take; a trial without a result ends then (default 10m).',
    z.optional(Duration),
  ),
});

/** An option that an action would ignore is an error: whoever writes `trip --for 1h` expects it to end. */
export function strayOption(
  action: BreakerAction,
  { for: forMs, signature, outcome, reason }: z.infer<typeof BreakerInput>,
): PmError | undefined {
  const isGiven = { for: forMs, signature, outcome, reason };
  const name = (['for', 'signature', 'outcome', 'reason'] as const).find(
    (option) => isGiven[option] !== undefined && !BELONGS[option].includes(action),
  );
  if (name !== undefined)
    return missing(`breaker ${action} does not take ${name}`, `${name} is for: ${BELONGS[name].join(', ')}.`);
  if (signature === undefined || outcome !== 'success') return undefined;
  return missing('A success has no signature', 'signature is for: record failed.');
}

const BELONGS: Readonly<Record<'for' | 'signature' | 'outcome' | 'reason', readonly BreakerAction[]>> = {
  for: ['hold', 'ask'],
  signature: ['record'],
  outcome: ['record'],
  reason: ['trip', 'reset', 'hold'],
};

/** The proposed call names a breaker that exists. If there is none, a reset would be refused again, so the list is proposed. */
export function nameMissing(action: BreakerAction, known: string | undefined): PmError {
  const words = [action, known ?? 'train', ...(action === 'record' ? ['failed'] : [])];
  const isUseless = action === 'reset' && known === undefined;
  return missing(`breaker ${action} needs a name`, isUseless ? 'pm breaker' : `pm breaker ${words.join(' ')}`);
}

/** A hold or a trial that is over at once would be reported and do nothing. */
export function noTime(action: string, name: string): PmError {
  return action === 'ask'
    ? missing('The time of a trial must be longer than 0', `pm breaker ask ${name} --for 10m`)
    : missing('The time of a hold must be longer than 0', `pm breaker hold ${name} --for 1h --reason 'migration'`);
}

/** The error of a call that lacks something. */
export function missing(message: string, next: string): PmError {
  return new PmError('usage', `${message}.`, next);
}

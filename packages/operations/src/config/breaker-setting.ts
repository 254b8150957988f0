import { Duration, StepName } from '@pm/protocol';
import * as z from 'zod/mini';
import { describe } from '../shape/describe.ts';

/** How long a breaker stays open though nothing changes: a duration, or `never`, which only a change or a reset ends (null). */
const CoolDown = z.pipe(
  z
    .string()
    .check(
      z.regex(/^(never|\d+(?:\.\d+)?(ms|s|m|h|d))$/, 'must be a duration such as 30s, 10m, 2h, or never'),
      z.maxLength(16),
    ),
  z.transform((text): number | null => (text === 'never' ? null : Duration.parse(text))),
);

const BreakerObject = z.strictObject({
  name: describe('Steps with the same name share one breaker. Default: the name of the step.', z.optional(StepName)),
  after: describe(
    'How many failures in a row open it (3).',
    z.optional(z.number().check(z.int(), z.gte(1), z.lte(50))),
  ),
  coolDown: describe('How long an unchanged situation waits for its trial (10m), or never.', z.optional(CoolDown)),
  startsPerDay: describe(
    'How often the step may be started within a day, whatever the outcomes. Default: any number.',
    z.optional(z.number().check(z.int(), z.gte(1), z.lte(100_000))),
  ),
});

/** What stops blind repetition of a step: a name, an object, or false. */
export const BreakerSetting = describe(
  'What stops blind repetition: the name of a breaker that several steps share, its settings, or false for none.',
  z.optional(z.union([StepName, z.literal(false), BreakerObject], 'must be a name, an object or false')),
);
export type BreakerSetting = z.infer<typeof BreakerSetting>;

/** The keys that its object may have, for the sentence that refuses another one. */
export const BREAKER_KEYS = Object.keys(BreakerObject.shape);

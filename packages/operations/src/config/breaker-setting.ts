import { Duration, StepName } from '@pm/protocol';
import * as z from 'zod/mini';
import { describe } from '../shape/describe.ts';

/** How long a breaker stays open while nothing changes. `never` (null): only a change or a reset ends it. */
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
  name: describe(
    'Steps with the same name here share one breaker. Default: the name of the step.',
    z.optional(StepName),
  ),
  after: describe(
    'How many failures in a row open it (default 3).',
    z.optional(z.number().check(z.int(), z.gte(1), z.lte(50))),
  ),
  coolDown: describe(
    'How long to wait before a trial run while nothing has changed (default 10m), or never.',
    z.optional(CoolDown),
  ),
  startsPerDay: describe(
    'How often the step may be started within one day. Default: no limit.',
    z.optional(z.number().check(z.int(), z.gte(1), z.lte(100_000))),
  ),
});

/** The breaker of a step: a name, an object, or false. */
export const BreakerSetting = describe(
  'The circuit breaker: the name of one that several steps share, an object with settings, or false for none.',
  z.optional(z.union([StepName, z.literal(false), BreakerObject], 'must be a name, an object or false')),
);
export type BreakerSetting = z.infer<typeof BreakerSetting>;

/** The keys that its object may have, for the message that refuses another one. */
export const BREAKER_KEYS = Object.keys(BreakerObject.shape);

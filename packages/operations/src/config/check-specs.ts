import * as z from 'zod/mini';
import { says } from '../shape/says.ts';

/** Its schema for editors is made of what the built-in checks take. */
export const ObjectSpec = z.looseObject({ check: z.string().check(z.minLength(1), z.maxLength(1_000)) });

const Spec = z.union(
  [z.string().check(z.minLength(1), z.maxLength(1_000)), ObjectSpec],
  'must be text such as "disk:2GiB", or an object with its check',
);

/**
 * Checks as `pm.config.json` has them. Their options are looked at by the checks themselves, when one is asked for: a start
 * that asks none must not load them.
 */
export const Checks = says(
  'What has to hold before a run begins: as after --check, or an object with its check and options.',
  z.optional(z.array(Spec).check(z.maxLength(200))),
);

import * as z from 'zod/mini';
import type { Check } from '../check.ts';
import { Pattern } from './text-options.ts';

const Options = z.strictObject({
  name: z.string().check(z.regex(/^[^=\0]+$/, 'must be the name of an environment variable')),
  matches: z.optional(Pattern),
});
type Options = z.infer<typeof Options>;

/** An environment variable is set, is not empty, and matches a pattern. Its value is never shown. */
export const env: Check<Options> = {
  id: 'env',
  title: 'the environment variable is set',
  options: Options,
  fromText: (text) => {
    const [, name, matches] = /^([^=]*)=(.*)$/s.exec(text) ?? [undefined, text];
    return { name, ...(matches !== undefined && { matches }) };
  },
  inspect({ name, matches }, { env: variables }) {
    const value = variables[name];
    if (value === undefined) return { state: 'fail', evidence: `${name} is not set` };
    if (value === '') return { state: 'fail', evidence: `${name} is empty` };
    if (matches === undefined) return { state: 'pass', evidence: `${name} is set` };
    return new RegExp(matches).test(value)
      ? { state: 'pass', evidence: `${name} is set and matches /${matches}/` }
      : { state: 'fail', evidence: `${name} is set, but does not match /${matches}/` };
  },
};

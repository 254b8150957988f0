import * as z from 'zod/mini';
import type { Check } from '../check.ts';

const Options = z.strictObject({ text: z.string().check(z.minLength(1)) });
type Options = z.infer<typeof Options>;

/** A run has printed a line with this text. It says only that: a server may print it before it answers. */
export const line: Check<Options> = {
  id: 'line',
  title: 'the output has a line',
  options: Options,
  fromText: (text) => ({ text }),
  inspect({ text }, { output }) {
    if (output === undefined)
      return { state: 'inconclusive', evidence: 'there is no run whose output could be read: line is for ready' };
    const found = output.find(text);
    return found === undefined
      ? { state: 'fail', evidence: `${JSON.stringify(text)} was not printed yet` }
      : { state: 'pass', evidence: `it printed ${JSON.stringify(found)}` };
  },
};

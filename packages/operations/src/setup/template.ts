import { readFileSync } from 'node:fs';
import { isStepName } from '@pm/protocol';
import * as z from 'zod/mini';
import { assetPath } from '../assets.ts';
import { operation } from '../operation.ts';
import { Next } from '../shape/answer.ts';
import { describe } from '../shape/describe.ts';
import { invalidStepName } from '../shape/step-name.ts';

const ASSET = assetPath('assets/template.sh');

const TemplateAnswer = z.object({ script: z.string(), next: z.array(Next) });
export type TemplateAnswer = z.infer<typeof TemplateAnswer>;

export const template = operation({
  name: 'template',
  summary: 'Print a shell script that runs a command and writes its status files, for machines without pm.',
  input: z.strictObject({
    step: describe('Name of the step (default job).', z.optional(z.string().check(z.maxLength(80)))),
    dir: describe(
      'Directory where the script writes, as you give it. Default: the one that pm would use where the script is called.',
      z.optional(z.string()),
    ),
  }),
  output: async () => TemplateAnswer,
  run: async (input) => {
    const step = input.step ?? 'job';
    if (!isStepName(step)) throw invalidStepName(step);
    // No path of this machine is printed: a copy of the script finds its directory itself, by the rule of `locateDirectory`.
    const values = { step, dir: input.dir ?? '' };
    return { script: filledIn(readFileSync(ASSET, 'utf8'), values), next: [] };
  },
});

/** Sets the two lines at the top of the script that say where it writes. */
function filledIn(script: string, values: Readonly<Record<'step' | 'dir', string>>): string {
  return script.replace(/^(step|dir)='[^']*'/gm, (_, name: 'step' | 'dir') => `${name}=${quoted(values[name])}`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

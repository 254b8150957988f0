import { readFileSync } from 'node:fs';
import { isStepName } from '@pm/protocol';
import * as z from 'zod/mini';
import { assetPath } from '../assets.ts';
import { operation } from '../operation.ts';
import { locateDirectory } from '../project/locate-directory.ts';
import { Next } from '../shape/answer.ts';
import { describe } from '../shape/describe.ts';
import { dir } from '../shape/fields.ts';
import { invalidStepName } from '../shape/step-name.ts';

const ASSET = assetPath('assets/template.sh');

const TemplateAnswer = z.object({ script: z.string(), next: z.array(Next) });
export type TemplateAnswer = z.infer<typeof TemplateAnswer>;

export const template = operation({
  name: 'template',
  summary: 'Print a shell script that runs a command and writes its status files, for machines without pm.',
  input: z.strictObject({
    step: describe('Name of the step (default job).', z.optional(z.string().check(z.maxLength(80)))),
    dir,
  }),
  output: async () => TemplateAnswer,
  run: async (input, context) => {
    const step = input.step ?? 'job';
    if (!isStepName(step)) throw invalidStepName(step);
    // As it was given: a relative path may be meant from the place where the script will be called.
    const where = input.dir ?? locateDirectory(undefined, context);
    return { script: filledIn(readFileSync(ASSET, 'utf8'), { step, dir: where }), next: [] };
  },
});

/** Sets the two lines at the top of the script that say where it writes. */
function filledIn(script: string, values: Readonly<Record<'step' | 'dir', string>>): string {
  return script.replace(/^(step|dir)='[^']*'/gm, (_, name: 'step' | 'dir') => `${name}=${quoted(values[name])}`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import * as z from 'zod/mini';
import type { Check, CheckContext } from '../check.ts';
import { findVenv } from './venv.ts';

const Options = z.strictObject({ name: z.optional(z.string().check(z.minLength(1))) });
type Options = z.infer<typeof Options>;

const FILES = ['environment.yml', 'environment.yaml'];

/** The active conda environment exists, and is the one that environment.yml names. */
export const condaEnv: Check<Options> = {
  id: 'conda-env',
  title: 'the conda environment is active',
  options: Options,
  fromText: (text) => (text === '' ? {} : { name: text }),
  detect: (context) => (nameOf(context) === undefined || findVenv(context) !== undefined ? undefined : {}),
  inspect({ name: asked }, context) {
    const { CONDA_PREFIX: prefix = '', CONDA_DEFAULT_ENV: active = basename(prefix) } = context.env;
    const name = asked ?? nameOf(context);
    if (prefix !== '' && !existsSync(join(prefix, 'conda-meta')))
      return { state: 'fail', evidence: `CONDA_PREFIX is ${prefix}, which is not a conda environment any more` };
    if (name === undefined) return { state: 'skip', evidence: 'no environment.yml names an environment' };
    if (prefix === '') return { state: 'warn', evidence: `no conda environment is active; the project uses ${name}` };
    return active === name || basename(prefix) === name
      ? { state: 'pass', evidence: `${name} is active, in ${prefix}` }
      : { state: 'warn', evidence: `${active} is active, not ${name}` };
  },
};

/** The `name` in environment.yml. The value of one key needs no parser of YAML. */
function nameOf({ cwd }: CheckContext): string | undefined {
  for (const file of FILES) {
    try {
      const [, name] =
        /^name:\s*(['"]?)([\w.-]+)\1\s*(?:#.*)?$/m.exec(readFileSync(join(cwd, file), 'utf8'))?.slice(1) ?? [];
      if (name !== undefined) return name;
    } catch {
      // There is no such file.
    }
  }
  return undefined;
}

import * as z from 'zod/mini';
import type { CheckContext } from '../check.ts';
import { uvOptions } from './python-remedies.ts';
import { findVenv } from './venv.ts';

/** What checks of a whole environment may be asked: which one, and how it is made anew. */
export const VenvOptions = z.strictObject({ venv: z.optional(z.string().check(z.minLength(1))), ...uvOptions });
export type VenvOptions = z.infer<typeof VenvOptions>;

/** They apply wherever there is an environment. */
export function detectVenv(context: CheckContext): VenvOptions | undefined {
  return findVenv(context) === undefined ? undefined : {};
}

/** `--check venv-moved:tools/.venv`; without text it is the environment that is found here. */
export function venvText(text: string): { venv?: string } {
  return text === '' ? {} : { venv: text };
}

/** Why there is nothing to look at. */
export function noVenvText(named: string | undefined): string {
  return named === undefined
    ? 'there is no virtual environment here'
    : `${named} is no virtual environment: it has no pyvenv.cfg`;
}

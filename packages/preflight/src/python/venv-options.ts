import * as z from 'zod/mini';
import type { CheckContext } from '../check.ts';
import { uvOptions } from './python-remedies.ts';
import { findVenv } from './venv.ts';

/** The options of checks of a whole virtual environment: which one, and how to create it again. */
export const VenvOptions = z.strictObject({ venv: z.optional(z.string().check(z.minLength(1))), ...uvOptions });
export type VenvOptions = z.infer<typeof VenvOptions>;

/** These checks apply if there is a virtual environment. */
export function detectVenv(context: CheckContext): VenvOptions | undefined {
  return findVenv(context) === undefined ? undefined : {};
}

/** `--check venv-moved:tools/.venv`; without text, the environment that is found here. */
export function venvText(text: string): { venv?: string } {
  return text === '' ? {} : { venv: text };
}

/** Why no environment was found, as evidence. */
export function noVenvText(named: string | undefined): string {
  return named === undefined
    ? 'there is no virtual environment here'
    : `${named} is not a virtual environment: it has no pyvenv.cfg`;
}

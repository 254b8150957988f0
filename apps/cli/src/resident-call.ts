import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Beside main.cjs in `dist`, from where `dist/chunks` looks. Run from its source, the command line brings no resident. */
const RESIDENT: string = fileURLToPath(new URL('../resident.cjs', import.meta.url));

/** The young generation of the heap: a resident makes little garbage, and with the default of 16 MB keeps it for long. */
const FLAGS = ['--max-semi-space-size=1'];

/** Program and arguments that start the resident monitor, to which the directory is added. */
export function residentCall(execPath: string): readonly string[] | undefined {
  return existsSync(RESIDENT) ? [execPath, ...FLAGS, RESIDENT] : undefined;
}

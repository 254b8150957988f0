import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Beside main.cjs in `dist`, from where `dist/chunks` looks. Run from its source, the server brings no resident. */
const RESIDENT: string = fileURLToPath(new URL('../resident.cjs', import.meta.url));

/**
 * It looks at a few files a second: code that is compiled to machine code, threads that collect garbage, and a young generation
 * of 16 MB, which fills up before it is looked through, would make a third of its memory and gain nothing (`npm run bench`).
 */
const FLAGS = ['--jitless', '--v8-pool-size=0', '--max-semi-space-size=1'];

/** Program and arguments that start the resident monitor, to which the directory is added. */
export function residentCall(execPath: string): readonly string[] | undefined {
  return existsSync(RESIDENT) ? [execPath, ...FLAGS, RESIDENT] : undefined;
}

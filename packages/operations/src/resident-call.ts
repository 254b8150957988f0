import { existsSync } from 'node:fs';
import { assetPath } from './assets.ts';

/**
 * The resident monitor looks at a few files per second. Compiled machine code, threads for the garbage collector and a young generation of
 * 16 MB would be a third of its memory and gain nothing (`npm run bench`).
 */
const NODE_OPTIONS = ['--jitless', '--v8-pool-size=0', '--max-semi-space-size=1'];

/**
 * The program and arguments that start the resident monitor of the app that bundles us; the caller appends the directory.
 * @param execPath the Node to run it with
 * @returns undefined if the app has no `resident.cjs` in its `dist`, as when it runs from its source
 */
export function residentCall(execPath: string): readonly string[] | undefined {
  const program = assetPath('resident.cjs');
  return existsSync(program) ? [execPath, ...NODE_OPTIONS, program] : undefined;
}

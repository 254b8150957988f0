import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const pkg = fileURLToPath(new URL('..', import.meta.url));
const tsc = fileURLToPath(new URL('../../../node_modules/.bin/tsc', import.meta.url));

/** This package compiled for a fixture program, which Node 20 runs without TypeScript. */
export interface Compiled {
  /** URL of the `fs` subpath. */
  readonly fs: string;
  remove(): void;
}

/** Compiles into a new folder inside `node_modules`, where zod is found. Not into `dist`, which others may be using. */
export function compile(): Compiled {
  const out = mkdtempSync(join(pkg, 'node_modules', '.compiled-'));
  execFileSync(tsc, ['-p', 'tsconfig.build.json', '--outDir', out, '--declaration', 'false'], { cwd: pkg });
  return {
    fs: pathToFileURL(join(out, 'fs', 'index.js')).href,
    remove: () => rmSync(out, { recursive: true, force: true }),
  };
}

import { existsSync } from 'node:fs';

/**
 * Gives back the path of a file that only a build makes. A test that needs such a file fails without it: it is never skipped.
 * @throws Error if the file is not there, with the command that makes it
 */
export function built(path: string): string {
  if (!existsSync(path)) throw new Error(`${path} is missing: build first (npm run build)`);
  return path;
}

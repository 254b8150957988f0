import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A folder and its parents up to the root of the repository; the folder alone if there is no repository. */
export function upwards(folder: string): string[] {
  const way = [folder];
  for (let at = folder; !existsSync(join(at, '.git')); at = dirname(at)) {
    if (dirname(at) === at) return [folder];
    way.push(dirname(at));
  }
  return way;
}

import { fileURLToPath } from 'node:url';

/** The path of a file in `assets/`, which is shipped as it is: one folder above `src` or `dist`, or above the chunks of an app that bundles this package. */
export function assetPath(name: string): string {
  return fileURLToPath(new URL(`../assets/${name}`, import.meta.url));
}

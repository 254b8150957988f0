import { fileURLToPath } from 'node:url';

/** Files that are shipped as they are: beside the package's `dist` or `src`, and beside the chunks of an app that bundles us. */
export function assetPath(name: string): string {
  return fileURLToPath(new URL(`../assets/${name}`, import.meta.url));
}

import { fileURLToPath } from 'node:url';

/** The path of a file that is shipped unchanged: beside `dist` or `src` of the package, or beside the chunks of an app that bundles it. */
export function assetPath(name: string): string {
  return fileURLToPath(new URL(`../${name}`, import.meta.url));
}

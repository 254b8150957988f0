import { delimiter, isAbsolute } from 'node:path';

/**
 * The folders of a PATH in which a later shell of the same user finds programs, too. A relative folder is another one in the next working
 * directory. npm and npx add folders in `node_modules` for one call only, and set `npm_execpath` then.
 */
export function lastingFolders({ PATH = '', npm_execpath }: Readonly<Record<string, string | undefined>>): string[] {
  return PATH.split(delimiter).filter(
    (folder) => isAbsolute(folder) && !(npm_execpath !== undefined && folder.includes('node_modules')),
  );
}

import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Folders that hold projects, in repositories with several: `apps/web`, `services/api`. */
const GROUPS = /^(?:apps|backends?|clients?|frontends?|packages|projects|services)$/;
/** What belongs to a tool, to others, or is data of tests. A project in there is not one that people work in. */
const IGNORED =
  /^(?:\..*|node_modules|vendor|third[_-]party|build|dist|out|target|tmp|venv|env|site-packages|tests?|__tests__|fixtures|examples?)$/;
/** So that a folder with a thousand folders does not take long. */
const MOST_FOLDERS = 200;

/**
 * The folders in which a project of its own may be: those in this folder, and those in `apps/`, `packages/`, `services/` and the like.
 * @returns paths relative to `folder`, at most 200; a folder that cannot be read has none
 */
export function projectFolders(folder: string): string[] {
  const direct = foldersIn(folder);
  const grouped = direct.filter((name) => GROUPS.test(name)).flatMap((group) => foldersIn(join(folder, group), group));
  return [...direct, ...grouped].slice(0, MOST_FOLDERS);
}

function foldersIn(folder: string, prefix = ''): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !IGNORED.test(entry.name))
      .map(({ name }) => join(prefix, name))
      .sort();
  } catch {
    return [];
  }
}

import { existsSync, lstatSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Installed } from './installed.ts';
import type { Placed } from './walk.ts';

export interface BrokenCommand {
  /** Its path. */
  readonly path: string;
  readonly why: string;
}

export interface Commands {
  readonly broken: readonly BrokenCommand[];
  /** A name that no node_modules/.bin has, if none of the names has a link there. */
  readonly absent?: string | undefined;
}

/**
 * Looks for the commands of the packages that the project imports directly, in node_modules/.bin. A link that leads nowhere, or to what
 * cannot be executed, is broken only where the package itself has the program: some make it after the installation.
 */
export function commandsOf(placed: readonly Placed[], installed: Installed, root: string): Commands {
  const broken: BrokenCommand[] = [];
  const absent: string[] = [];
  let present = 0;
  for (const { folder, importer } of placed) {
    if (importer === undefined) continue;
    for (const [name, target] of programsOf(installed, folder)) {
      if (!isFile(join(folder, target))) continue;
      const places = [...new Set([importer, '.'])].map((one) => join(root, one, 'node_modules/.bin', name));
      const path = places.find((one) => lstatSync(one, { throwIfNoEntry: false }) !== undefined);
      if (path === undefined) {
        absent.push(name);
        continue;
      }
      present += 1;
      const why = faultOf(path, join(folder, target));
      if (why !== undefined) broken.push({ path, why });
    }
  }
  return { broken, ...(present === 0 && absent.length > 0 && { absent: absent[0] }) };
}

function faultOf(path: string, target: string): string | undefined {
  const file = statSync(path, { throwIfNoEntry: false });
  if (file === undefined) return 'leads nowhere';
  if ((file.mode & 0o111) === 0) return 'is not executable';
  // A tool that copies without links leaves a copy of the program, which looks for its own files beside node_modules/.bin.
  if (lstatSync(path).isSymbolicLink()) return undefined;
  const text = readFileSync(path, 'utf8');
  const isCopy = file.size === statSync(target).size && text === readFileSync(target, 'utf8');
  return isCopy && /(?:require\(|import\(?|from)\s*['"]\.\.?\//.test(text) ? 'is a copy instead of a link' : undefined;
}

function programsOf(installed: Installed, folder: string): [name: string, target: string][] {
  const { name = basename(folder), bin } = installed.manifest(folder) ?? {};
  if (typeof bin === 'string') return [[basename(name), bin]];
  return Object.entries(Object(bin) as Record<string, unknown>).map(([one, target]) => [basename(one), String(target)]);
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}

import { existsSync, lstatSync, readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Manifest, SupportedPlatforms } from './locks/lock-graph.ts';

/** What the check reads of an installed package's package.json. */
export interface InstalledManifest extends Manifest, SupportedPlatforms {
  readonly bin?: string | Readonly<Record<string, string>>;
  readonly bundledDependencies?: readonly string[] | boolean;
  readonly bundleDependencies?: readonly string[] | boolean;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly gypfile?: boolean;
  readonly overrides?: unknown;
  readonly pnpm?: unknown;
}

/**
 * The installed packages as Node.js finds them: in the node_modules of a folder, else above it, links resolved. So every layout is read in
 * the same way, hoisted or linked from a store. An object remembers what it has read, so make a new one for each look.
 */
export class Installed {
  readonly #folders = new Map<string, string | undefined>();
  readonly #manifests = new Map<string, InstalledManifest | undefined>();

  /** The real folder of what `import name` finds from a folder; undefined if there is none. */
  find(name: string, from: string): string | undefined {
    for (let at = from; ; at = dirname(at)) {
      if (basename(at) !== 'node_modules') {
        const found = this.#at(join(at, 'node_modules', name));
        if (found !== undefined) return found;
      }
      if (dirname(at) === at) return undefined;
    }
  }

  /** The package.json of a folder; undefined if there is none that can be read. */
  manifest(folder: string): InstalledManifest | undefined {
    if (!this.#manifests.has(folder)) this.#manifests.set(folder, readManifest(folder));
    return this.#manifests.get(folder);
  }

  #at(path: string): string | undefined {
    if (!this.#folders.has(path)) this.#folders.set(path, realFolder(path));
    return this.#folders.get(path);
  }
}

/** The package.json of a folder; undefined if there is none that can be read. */
export function readManifest(folder: string): InstalledManifest | undefined {
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return typeof manifest === 'object' && manifest !== null ? manifest : undefined;
  } catch {
    return undefined;
  }
}

/** The text of a file; undefined if it cannot be read. */
export function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** A folder without a package.json counts only as a link, which may lead to a folder that has none. */
function realFolder(path: string): string | undefined {
  try {
    if (existsSync(join(path, 'package.json')) || lstatSync(path).isSymbolicLink()) return realpathSync(path);
  } catch {
    // it is not there, or a link that leads nowhere
  }
  return undefined;
}

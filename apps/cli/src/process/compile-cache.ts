import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import nodeModule, { createRequire } from 'node:module';
import { basename, dirname } from 'node:path';
import { Script } from 'node:vm';

/** The module object that `createRequire().extensions` passes to its handlers. */
interface LoadedModule {
  readonly exports: unknown;
  readonly require: (id: string) => unknown;
}

/** Since Node 22.8; the types of the oldest supported Node do not have it. */
const { enableCompileCache } = nodeModule as { enableCompileCache?: (folder: string) => unknown };

// Why: contributing/decisions/2026-11-27-a-short-call.md
/**
 * Loads the chunks from the code that V8 compiled in an earlier call of this verb, kept in `dist/compiled`. Without it each call compiles
 * everything again. The cache is code, so only the owner of `dist` writes it, readable by that user alone.
 * @param dist folder of main.cjs
 * @returns a function to call when the verb is done; it saves what this call had to compile, if the folder is writable
 */
export function useCompileCache(dist: string, verb = ''): () => void {
  if (!isCacheable(verb) || !isOwnedByUs(dist)) return () => {};
  const compiled = `${dist}/compiled`;
  // One folder per verb, because V8 saves the functions that were called, and each verb calls others.
  const folders = [compiled, `${compiled}/${process.version}-${process.arch}`];
  folders.push(`${folders.at(-1)}/${verb}`);
  if (enableCompileCache !== undefined) {
    if (makeFolders([compiled])) enableCompileCache(compiled);
    return () => {};
  }
  const fresh = compileChunks(`${dist}/chunks`, folders.at(-1) ?? compiled);
  return () => {
    if (fresh.size === 0 || !makeFolders(folders)) return;
    for (const [path, script] of fresh) save(path, script);
  };
}

/** Whether this is a verb, called without Node options: with other options V8 may reject the cache. */
function isCacheable(verb: string): boolean {
  return /^[a-z]+$/.test(verb) && process.execArgv.length === 0 && !process.env['NODE_OPTIONS'];
}

function isOwnedByUs(dist: string): boolean {
  return statSync(dist).uid === process.getuid?.();
}

/** Makes `require` load the chunks from the cache. @returns the scripts that it had to compile, by the file to save them in */
function compileChunks(chunks: string, folder: string): ReadonlyMap<string, Script> {
  const fresh = new Map<string, Script>();
  const { extensions } = createRequire(`${chunks}/main.cjs`);
  const loadOther = extensions['.cjs'] ?? extensions['.js'];
  extensions['.cjs'] = (module: NodeModule & LoadedModule, filename: string): void => {
    if (dirname(filename) !== chunks) return void loadOther(module, filename);
    const kept = `${folder}/${basename(filename)}`; // the name of a chunk has the hash of its content
    const cachedData = contentOf(kept);
    const script = new Script(nodeModule.wrap(readFileSync(filename, 'utf8')), {
      filename,
      ...(cachedData !== undefined && { cachedData }),
    });
    if (script.cachedDataRejected !== false) fresh.set(kept, script);
    const load = script.runInThisContext();
    load.call(module.exports, module.exports, (id: string) => module.require(id), module, filename, chunks);
  };
  return fresh;
}

/** Not `recursive`: if the package was removed meanwhile, its folder must not come back empty. */
function makeFolders(folders: readonly string[]): boolean {
  for (const folder of folders) {
    try {
      mkdirSync(folder, { mode: 0o700 }); // no other user may write here, whatever the umask is
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return false;
    }
  }
  return true;
}

/** Writes to a draft and renames it, because V8 does not detect every damaged file. */
function save(path: string, script: Script): void {
  const draft = `${path}.${Math.random().toString(36).slice(2)}`;
  try {
    const file = openSync(draft, 'wx', 0o600);
    try {
      writeFileSync(file, script.createCachedData());
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(draft, path);
  } catch {
    removeDraft(draft);
  }
}

function removeDraft(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // the draft was not created
  }
}

function contentOf(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

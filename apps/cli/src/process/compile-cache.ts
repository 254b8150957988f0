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

/** What `createRequire().extensions` gives a handler to fill in. */
interface Loaded {
  readonly exports: unknown;
  readonly require: (id: string) => unknown;
}

/** From 22.8 on; the oldest supported Node and its types do not know it. */
const { enableCompileCache } = nodeModule as { enableCompileCache?: (folder: string) => unknown };

// Why: contributing/decisions/2026-11-27-a-short-call.md
/**
 * Uses what V8 made of the chunks when this verb was called before, from `dist/compiled`: else each call compiles all it loads anew.
 * It is code, so only the owner of `dist` keeps it, for himself, beside the code it was made of.
 * @param dist folder of main.cjs
 * @returns to be called when the verb has done its work: keeps what was compiled anew, where it can
 */
export function useCompileCache(dist: string, verb = ''): () => void {
  if (!isPlain(verb) || !isOurs(dist)) return () => {};
  const compiled = `${dist}/compiled`;
  // V8 keeps the functions that were called by then, and another verb calls others.
  const folders = [compiled, `${compiled}/${process.version}-${process.arch}`];
  folders.push(`${folders.at(-1)}/${verb}`);
  if (enableCompileCache !== undefined) {
    if (makeFolders([compiled])) enableCompileCache(compiled);
    return () => {};
  }
  const fresh = compileChunks(`${dist}/chunks`, folders.at(-1) ?? compiled);
  return () => {
    if (fresh.size === 0 || !makeFolders(folders)) return;
    for (const [path, script] of fresh) keep(path, script);
  };
}

/** A verb, called without options for Node, by some of which V8 rejects what it made with others. */
function isPlain(verb: string): boolean {
  return /^[a-z]+$/.test(verb) && process.execArgv.length === 0 && !process.env['NODE_OPTIONS'];
}

function isOurs(dist: string): boolean {
  return statSync(dist).uid === process.getuid?.();
}

/** Loads the chunks by what was kept of them. @returns those of which nothing usable was, by where to keep it */
function compileChunks(chunks: string, folder: string): ReadonlyMap<string, Script> {
  const fresh = new Map<string, Script>();
  const { extensions } = createRequire(`${chunks}/main.cjs`);
  const loadOther = extensions['.cjs'] ?? extensions['.js'];
  extensions['.cjs'] = (module: NodeModule & Loaded, filename: string): void => {
    if (dirname(filename) !== chunks) return void loadOther(module, filename);
    const kept = `${folder}/${basename(filename)}`; // they are named by what is in them
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

/** One by one: a package that was removed meanwhile must not come back as an empty folder. */
function makeFolders(folders: readonly string[]): boolean {
  for (const folder of folders) {
    try {
      mkdirSync(folder, { mode: 0o700 }); // nobody else may write here, whatever the umask
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return false;
    }
  }
  return true;
}

/** Whole or not at all: V8 believes what it is given. */
function keep(path: string, script: Script): void {
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
    discard(draft);
  }
}

function discard(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // it never came to be
  }
}

function contentOf(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
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

/**
 * Uses what V8 made of the chunks when this verb was called before, from `dist/compiled`. Without it each call compiles all it loads
 * anew, a quarter of its time. It lies beside the chunks because it is code like them: whoever could change the one could change the other.
 * @param dist folder of main.cjs
 * @returns to be called when the verb has done its work: keeps what was compiled anew, where it can
 */
export function recallCompiled(dist: string, verb = ''): () => void {
  if (enableCompileCache !== undefined) enableCompileCache(`${dist}/compiled`);
  if (enableCompileCache !== undefined || !/^[a-z]+$/.test(verb)) return () => {};
  // V8 keeps the functions that were called by then, and another verb calls others.
  const folder = `${dist}/compiled/${process.version}-${process.arch}/${verb}`;
  const fresh = new Map<string, Script>();
  const { extensions } = createRequire(`${dist}/main.cjs`);
  extensions['.cjs'] = (module: Loaded, filename: string): void => {
    const kept = `${folder}/${basename(filename)}`; // chunks are named by what is in them
    const cachedData = contentOf(kept);
    const script = new Script(nodeModule.wrap(readFileSync(filename, 'utf8')), {
      filename,
      ...(cachedData !== undefined && { cachedData }),
    });
    // One that V8 rejects stays: it may be right for whoever starts Node with other flags.
    if (cachedData === undefined) fresh.set(kept, script);
    const load = script.runInThisContext();
    load(module.exports, (id: string) => module.require(id), module, filename, dirname(filename));
  };
  return () => {
    for (const [kept, script] of fresh) if (!keep(folder, kept, script)) return;
  };
}

/** Whole or not at all: V8 believes what it is given. */
function keep(folder: string, path: string, script: Script): boolean {
  const draft = `${path}.${process.pid}`;
  try {
    mkdirSync(folder, { recursive: true });
    const file = openSync(draft, 'wx');
    try {
      writeFileSync(file, script.createCachedData());
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(draft, path);
    return true;
  } catch {
    discard(draft);
    return false;
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

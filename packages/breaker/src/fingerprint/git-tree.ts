import { type ExecFileException, execFile } from 'node:child_process';
import { lstatSync, type Stats } from 'node:fs';
import { openOutputs } from './open-outputs.ts';

/** From when to when, epoch ms. */
export interface TimeWindow {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface GitTreeOptions {
  /** Folders whose files are nobody's work, through no link. */
  readonly ignore: readonly string[];
  readonly failures: readonly TimeWindow[];
}

/** What was seen of a work tree, as text to be hashed. Two of them are comparable if both were looked at in the same way. */
export interface GitTree {
  readonly text: string;
  /** `no`: git took too long to look for untracked files, and they are left out. */
  readonly untracked: Untracked;
}

type Untracked = 'all' | 'no';

/** Beyond these nobody waits for an answer: a repository that takes longer is looked at without its untracked files. */
const MOST_MS = 3_000;
const MOST_BYTES = 8_388_608;
/** More changed files than this are told apart by their names alone. */
const MOST_FILES = 5_000;
/** Repositories within repositories: how deep, and how many of one. */
const MOST_DEPTH = 2;
const MOST_NESTED = 20;

/**
 * What a git work tree is made of that differs from its last commit: HEAD, and each changed file with what git says of it, its size and
 * its mtime. Undefined without git, outside of a repository, and where git takes too long.
 */
export async function readGitTree(cwd: string, options: GitTreeOptions): Promise<GitTree | undefined> {
  for (const untracked of ['all', 'no'] as const) {
    const said = await linesOf(cwd, { ...options, untracked, isOutput: whenAsked(openOutputs) }, 0);
    if (said.kind === 'said') return { text: said.text, untracked };
    if (said.kind === 'failed') return undefined;
  }
  return undefined;
}

interface ReadOptions extends GitTreeOptions {
  readonly untracked: Untracked;
  readonly isOutput: (file: Stats) => boolean;
}

/** What git says. `late`: it took too long, or said too much. */
type Said = { readonly kind: 'said'; readonly text: string } | { readonly kind: 'failed' | 'late' };

async function linesOf(cwd: string, look: ReadOptions, depth: number): Promise<Said> {
  const root = await git(cwd, ['rev-parse', '--show-toplevel']);
  const status = root.kind === 'said' ? await statusOf(cwd, look.untracked) : root;
  if (root.kind !== 'said' || status.kind !== 'said') return status;
  const top = root.text.replace(/\n$/, '');
  const lines: string[] = [];
  let nested = 0;
  for (const { kind, text, path, isRepository } of entriesOf(status.text)) {
    const file = `${top}/${path}`;
    if (look.ignore.some((folder) => `${file}/`.startsWith(`${folder}/`))) continue;
    const found = lines.length < MOST_FILES && kind !== 'head' ? lookAtFile(file) : undefined;
    if (kind === 'untracked' && found !== undefined && isNobodysWork(found, look)) continue;
    const isLookedInto = isRepository && depth < MOST_DEPTH && nested++ < MOST_NESTED;
    const inside = isLookedInto ? await linesOf(file, look, depth + 1) : undefined;
    if (inside?.kind === 'late') return inside; // in part, it could be compared with nothing
    const within = inside?.kind === 'said' ? inside.text : undefined;
    lines.push(JSON.stringify([text, found?.size, found?.mtimeMs, isLookedInto ? within : '']));
  }
  return { kind: 'said', text: lines.join('\n') };
}

/** The output of a run that failed, or of whoever is asking. */
function isNobodysWork(found: Stats, { failures, isOutput }: ReadOptions): boolean {
  return isWithin(found.mtimeMs, failures) || isOutput(found);
}

/** Most trees have nothing untracked, and nobody looks at processes then. */
function whenAsked(look: () => (file: Stats) => boolean): (file: Stats) => boolean {
  let seen: ((file: Stats) => boolean) | undefined;
  return (file) => {
    seen ??= look();
    return seen(file);
  };
}

interface StatusEntry {
  readonly kind: 'head' | 'tracked' | 'untracked';
  /** What git says of it, its path included. */
  readonly text: string;
  readonly path: string;
  /** A submodule with changes, or a repository that is not part of this one. */
  readonly isRepository: boolean;
}

/** Porcelain v2 with -z: a renamed file has its old name in a field of its own (git-status(1)). Paths are seen from the root. */
function* entriesOf(status: string): Generator<StatusEntry> {
  const fields = status.split('\0');
  for (let i = 0; i < fields.length; i++) {
    const text = fields[i] ?? '';
    const [mark, rest] = [text[0], text.slice(2)];
    if (text.startsWith('# branch.oid ')) yield { kind: 'head', text, path: '', isRepository: false };
    if (mark === '?')
      yield { kind: 'untracked', text, path: rest.replace(/\/$/, ''), isRepository: rest.endsWith('/') };
    const before = { '1': 7, '2': 8, u: 9 }[mark ?? ''];
    if (before === undefined) continue;
    const words = rest.split(' ');
    const isRepository = words[1]?.startsWith('S') ?? false;
    yield { kind: 'tracked', text, path: words.slice(before).join(' '), isRepository };
    if (mark === '2') i++;
  }
}

/** The instants of records are whole milliseconds, those of files are not: what was written with the last breath is within, too. */
function isWithin(mtimeMs: number, windows: readonly TimeWindow[]): boolean {
  const atMs = Math.floor(mtimeMs);
  return windows.some(({ fromMs, toMs }) => atMs >= fromMs && atMs <= toMs);
}

/** Deleted, or not to be looked at, is a state as well. */
function lookAtFile(file: string): Stats | undefined {
  try {
    return lstatSync(file, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function statusOf(cwd: string, untracked: Untracked): Promise<Said> {
  // Without a file system monitor of the project's own: to look must not run what the project brings.
  const quiet = ['-c', 'core.fsmonitor=false', '-c', 'status.aheadBehind=false'];
  return git(cwd, [...quiet, 'status', '--porcelain=v2', '--branch', '-z', `--untracked-files=${untracked}`]);
}

function git(cwd: string, args: readonly string[]): Promise<Said> {
  // Optional locks would be in the way of whoever works with git at this moment. GIT_DIR and its like are those of a hook that we run in.
  const own = Object.entries(process.env).filter(([name]) => !/^GIT_/.test(name));
  const env = { ...Object.fromEntries(own), GIT_OPTIONAL_LOCKS: '0', LC_ALL: 'C' };
  return new Promise((resolve) => {
    execFile(
      'git',
      args,
      { cwd, env, timeout: MOST_MS, maxBuffer: MOST_BYTES, killSignal: 'SIGKILL' },
      (error, stdout) => resolve(error === null ? { kind: 'said', text: stdout } : { kind: kindOf(error) }),
    );
  });
}

function kindOf({ killed, code }: ExecFileException): 'failed' | 'late' {
  return killed === true || String(code) === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER' ? 'late' : 'failed';
}

import { type ExecFileException, execFile } from 'node:child_process';
import { lstatSync, type Stats } from 'node:fs';
import { openOutputs } from './open-outputs.ts';

/** A span of time, in epoch ms. */
export interface TimeWindow {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface GitTreeOptions {
  /** Real paths of folders whose files do not count. */
  readonly ignore: readonly string[];
  /** When the failed runs were running. */
  readonly failures: readonly TimeWindow[];
  /** Runs git. By default each call is a process; `gitOnce` makes one that keeps the answers. */
  readonly git?: GitReader | undefined;
}

/** Runs git with these arguments in this folder, and never fails. */
export type GitReader = (cwd: string, args: readonly string[]) => Promise<Said>;

/** A git that is asked the same only once: for a list of steps of one work tree. */
export function gitOnce(): GitReader {
  const answers = new Map<string, Promise<Said>>();
  return (cwd, args) => {
    const key = JSON.stringify([cwd, args]);
    const answer = answers.get(key) ?? git(cwd, args);
    answers.set(key, answer);
    return answer;
  };
}

/** A work tree as text to be hashed. Two texts can be compared if `untracked` is the same. */
export interface GitTree {
  readonly text: string;
  /** `no`: untracked files are left out, because git took too long to look for them. */
  readonly untracked: Untracked;
}

type Untracked = 'all' | 'no';

/** How long git may take, and how much it may print. Beyond that it is asked again without untracked files. */
const MOST_MS = 3_000;
const MOST_BYTES = 8_388_608;
/** Of more changed files than this, only the names count. */
const MOST_FILES = 5_000;
/** How deep repositories within repositories are read, and how many of each. */
const MOST_DEPTH = 2;
const MOST_NESTED = 20;

/**
 * Reads a git work tree: HEAD, and each file that differs from it, with its git status, size and mtime. Undefined without git, outside
 * of a repository, and if git takes too long.
 */
export async function readGitTree(cwd: string, options: GitTreeOptions): Promise<GitTree | undefined> {
  for (const untracked of ['all', 'no'] as const) {
    const said = await linesOf(cwd, { ...options, untracked, isOutput: onFirstUse(openOutputs) }, 0);
    if (said.kind === 'said') return { text: said.text, untracked };
    if (said.kind === 'failed') return undefined;
  }
  return undefined;
}

interface ReadOptions extends GitTreeOptions {
  readonly untracked: Untracked;
  readonly isOutput: (file: Stats) => boolean;
}

/** The output of git. `late`: it took too long, or printed too much. */
type Said = { readonly kind: 'said'; readonly text: string } | { readonly kind: 'failed' | 'late' };

async function linesOf(cwd: string, options: ReadOptions, depth: number): Promise<Said> {
  const { git: ask = git, untracked } = options;
  const root = await ask(cwd, ['rev-parse', '--show-toplevel']);
  const status = root.kind === 'said' ? await ask(cwd, statusArguments(untracked)) : root;
  if (root.kind !== 'said' || status.kind !== 'said') return status;
  const top = root.text.replace(/\n$/, '');
  const lines: string[] = [];
  let nested = 0;
  for (const { kind, text, path, isRepository } of entriesOf(status.text)) {
    const file = `${top}/${path}`;
    if (options.ignore.some((folder) => `${file}/`.startsWith(`${folder}/`))) continue;
    const found = lines.length < MOST_FILES && kind !== 'head' ? statOf(file) : undefined;
    if (kind === 'untracked' && found !== undefined && isOutputOnly(found, options)) continue;
    const isLookedInto = isRepository && depth < MOST_DEPTH && nested++ < MOST_NESTED;
    const inside = isLookedInto ? await linesOf(file, options, depth + 1) : undefined;
    if (inside?.kind === 'late') return inside; // an incomplete text cannot be compared
    const within = inside?.kind === 'said' ? inside.text : undefined;
    lines.push(JSON.stringify([text, found?.size, found?.mtimeMs, isLookedInto ? within : '']));
  }
  return { kind: 'said', text: lines.join('\n') };
}

/** Whether a file is the output of a failed run or of the caller. */
function isOutputOnly(found: Stats, { failures, isOutput }: ReadOptions): boolean {
  return isWithin(found.mtimeMs, failures) || isOutput(found);
}

/** Looks at processes only when the first untracked file is met: most trees have none. */
function onFirstUse(look: () => (file: Stats) => boolean): (file: Stats) => boolean {
  let seen: ((file: Stats) => boolean) | undefined;
  return (file) => {
    seen ??= look();
    return seen(file);
  };
}

interface StatusEntry {
  readonly kind: 'head' | 'tracked' | 'untracked';
  /** The line of `git status`, its path included. */
  readonly text: string;
  readonly path: string;
  /** A submodule with changes, or a repository that is not part of this one. */
  readonly isRepository: boolean;
}

/** Parses porcelain v2 with -z: a renamed file has its old name in a field of its own (git-status(1)). Paths start at the root of the tree. */
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

/** Records have whole milliseconds, files have fractions. Without rounding, a file written in the last millisecond would be outside. */
function isWithin(mtimeMs: number, windows: readonly TimeWindow[]): boolean {
  const atMs = Math.floor(mtimeMs);
  return windows.some(({ fromMs, toMs }) => atMs >= fromMs && atMs <= toMs);
}

/** Undefined if the file was deleted or cannot be read, which counts as a state too. */
function statOf(file: string): Stats | undefined {
  try {
    return lstatSync(file, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function statusArguments(untracked: Untracked): string[] {
  // The project's own file system monitor is switched off: reading the tree must not run a program of the project.
  const quiet = ['-c', 'core.fsmonitor=false', '-c', 'status.aheadBehind=false'];
  return [...quiet, 'status', '--porcelain=v2', '--branch', '-z', `--untracked-files=${untracked}`];
}

function git(cwd: string, args: readonly string[]): Promise<Said> {
  // Optional locks would disturb others who use git now. GIT_DIR and the like may come from a git hook that we run in.
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

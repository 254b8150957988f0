import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { text as textIn } from 'node:stream/consumers';
import { built } from '@pm/testing';
import { filesOfRepository, ROOT } from './repository.ts';

const MAIN: string = join(ROOT, 'apps/cli/dist/main.cjs');

/** Every page of documentation in the repository, as paths from its root. */
export const PAGES: readonly string[] = filesOfRepository(/(?<!CHANGELOG)\.md$/).map(({ path }) => path);

/** A fenced block of a page, with the line of text right before it. */
export interface Block {
  readonly language: string;
  readonly text: string;
  /** Where `text` begins in the page. */
  readonly at: number;
  readonly before: string;
}

/** An empty project in which a reader of a page types what the page says, with `pm` on the PATH. */
export interface Reader {
  readonly folder: string;
  /** Runs one command line in `sh`. `status` is what the command before it ended with, for `echo $?`. */
  type(command: string, status?: number): Promise<{ readonly output: string; readonly status: number }>;
}

export function textOf(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8');
}

/** The fenced blocks of a page, in order. */
export function blocksOf(page: string): Block[] {
  const fences = [...page.matchAll(/^```(\w*)\n/gm)];
  const blocks: Block[] = [];
  for (let n = 0; n + 1 < fences.length; n += 2) {
    const [open, close] = [fences[n], fences[n + 1]] as [RegExpExecArray, RegExpExecArray];
    const at = open.index + open[0].length;
    const before = page.slice(0, open.index).trimEnd().split('\n').at(-1) ?? '';
    blocks.push({ language: open[1] ?? '', text: page.slice(at, close.index), at, before });
  }
  return blocks;
}

/**
 * The page with the output that its commands print now. It does what a reader does: it writes the files that the page shows below
 * a line that ends with their name, and types what follows `$` in a `console` block. Output that only differs in what differs each
 * time (pids, clock times, durations, progress, run ids) stays as it stands in the page.
 */
export async function retyped(page: string, { folder, type }: Reader): Promise<string> {
  let result = '';
  let from = 0;
  let status = 0;
  for (const { language, text, at, before } of blocksOf(page)) {
    const [, file] = /`([^`]+)`:$/.exec(before) ?? [];
    if (file !== undefined) {
      writeFileSync(join(folder, file), text);
      if (text.startsWith('#!')) chmodSync(join(folder, file), 0o755);
    }
    if (language !== 'console') continue;
    result += page.slice(from, at);
    for (const [, command = '', shown = ''] of text.matchAll(/^\$ (.*)\n((?:(?!\$ ).*\n)*)/gm)) {
      const answer = await type(command, status);
      status = answer.status;
      const printed = answer.output.replaceAll(folder, '/project');
      result += `$ ${command}\n${steady(printed, command) === steady(shown, command) ? shown : printed}`;
    }
    from = at + text.length;
  }
  return result + page.slice(from);
}

/** Opens the project, lets `use` work in it, and ends and removes all that is left. */
export async function asReader(use: (reader: Reader) => unknown): Promise<void> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'pm-page-')));
  const bin = mkdtempSync(join(tmpdir(), 'pm-bin-'));
  const own = Object.entries(process.env).filter(([name]) => !/^PM_|^CLAUDE_|^VIRTUAL_ENV$/.test(name));
  const env = {
    ...Object.fromEntries(own),
    PATH: `${bin}${delimiter}${process.env['PATH']}`,
    PM_RESIDENT: 'off',
    XDG_STATE_HOME: join(bin, 'state'),
  };
  mkdirSync(join(folder, '.git'));
  spawnSync('git', ['init', '-q', folder]);
  symlinkSync(built(MAIN), join(bin, 'pm'));
  const typed = join(bin, 'typed.sh');
  const type: Reader['type'] = async (command, status = 0) => {
    writeFileSync(typed, `exec 2>&1\n(exit ${status})\n${command}\n`);
    const shell = spawn('sh', [typed], { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
    const [output] = await Promise.all([textIn(shell.stdout), once(shell, 'close')]);
    return { output, status: shell.exitCode ?? -1 };
  };
  try {
    await use({ folder, type });
  } finally {
    if (existsSync(join(folder, '.pm'))) {
      const { runs } = JSON.parse((await type('pm ls --json')).output) as { runs: { step: string; state: string }[] };
      const live = runs.filter(({ state }) => state !== 'ended');
      if (live.length > 0) await type(`pm stop --force ${live.map(({ step }) => step).join(' ')}`);
    }
    // A wrapper may still be writing.
    for (const left of [folder, bin]) await rm(left, { recursive: true, force: true, maxRetries: 50 });
  }
}

/** What is the same each time. How much of a quick run is over when `pm start` answers is decided by the machine. */
function steady(text: string, command: string): string {
  const words = text
    .replace(/\d{8}T\d{9}Z-\w+/g, 'RUN')
    .replace(/\b\d\d:\d\d\b/g, 'CLOCK')
    .replace(/\b(\d+[hm])?\d+(\.\d+)? ?(ms|s|m|h)\b/g, 'TIME')
    .replace(/\bon \d+ looks/g, 'on N looks')
    .replace(/\(\d+(\.\d+)? (B|KiB)\)/g, '(SIZE)')
    .replace(/\d+(\.\d+)? GiB and \d+ inodes/g, 'ROOM')
    .replace(/\/\S*bin\//g, 'BIN/')
    .replace(/^(\S+) started\b.*$/gm, '$1 started');
  return /^pm start (?!.*--wait)/.test(command) ? words.replace(/^(\S+) success in TIME.*$/gm, '$1 started') : words;
}

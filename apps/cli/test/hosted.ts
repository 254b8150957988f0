import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { built, until } from '@pm/testing';
import { execa } from 'execa';
import { test as base } from 'vitest';

const MAIN = built(fileURLToPath(new URL('../dist/main.cjs', import.meta.url)));
const HOST = fileURLToPath(new URL('fixtures/host.sh', import.meta.url));
const JOB = fileURLToPath(new URL('fixtures/job-until-cue.sh', import.meta.url));

/** Whether the parents of processes can be read. */
export const SEES_PARENTS: boolean = existsSync('/proc/self/stat');

/** A process as it was read. */
export interface Seen {
  readonly pid: number;
  readonly ppid: number;
  readonly startTime: string;
}

/** One job, and the hosts that call pm for it. */
export interface Hosted {
  /** The words that start the job. */
  readonly start: readonly string[];
  /** Lets a host call pm. `levels` is how many shells are above the one that calls; `before` is a program that runs pm. */
  host(argv: readonly string[], options?: { levels?: number; before?: readonly string[] }): Host;
  /** Calls pm as the session of somebody else, and reads its answer. */
  pm(verb: string, ...argv: string[]): Promise<Answer & { readonly exitCode: number | undefined }>;
  /** Whether the job has begun. */
  hasBegun(): boolean;
  /** Whether the job runs now. */
  isLive(): boolean;
  /** Whether a process has said in the records that it waits for the end of the job. */
  isAwaited(): boolean;
  /** Whether a call of pm goes on, be it as an orphan. */
  isCalled(): boolean;
  /** Signals that very process, if it comes from a host of this test. */
  kill(victim: Seen, signal: NodeJS.Signals): void;
  /** Lets the job end. */
  cue(): void;
  close(): Promise<void>;
}

/** What is read of an answer. */
interface Answer {
  readonly runs?: readonly { step: string; state: string; outcome?: string; reason?: string; exitCode?: number }[];
  readonly error?: { readonly code: string };
}

/** The shell on top. */
export interface Host {
  readonly pid: number;
  /** The program that the lowest shell calls; undefined if it has not been started yet, or has ended. */
  called(): Seen | undefined;
  /** What the call has printed. */
  output(): string;
  readonly over: Promise<unknown>;
}

/** A test of one job in a directory of its own. */
export const test = base.extend<{ hosted: Hosted }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the names of what a fixture needs from this pattern
  hosted: async ({}, use) => {
    const hosted = openHosted();
    try {
      await use(hosted);
    } finally {
      await hosted.close();
    }
  },
});

/** Who opens it closes it. @param more variables of the hosts; without any, no resident is started */
export function openHosted(more: Readonly<Record<string, string>> = { PM_RESIDENT: 'off' }): Hosted {
  const folder = mkdtempSync(join(tmpdir(), 'pm-hosted-'));
  const env = { ...process.env, PM_DIR: join(folder, '.pm'), HOSTED: folder, ...more };
  const [facts, cue] = [join(folder, 'facts'), join(folder, 'cue')];
  const hosts: Host[] = [];
  const host: Hosted['host'] = (argv, { levels = 1, before = [] } = {}) => {
    const output = join(folder, `output-${hosts.length}`);
    const child = spawn(HOST, [String(levels), output, ...before, process.execPath, MAIN, ...argv], {
      env: { ...env, PM_SESSION: 'the host' },
      stdio: 'ignore',
    });
    const over = new Promise((resolve) => child.once('exit', resolve));
    let found: Seen | undefined; // it may be an orphan later
    const called = (): Seen | undefined => {
      found ??= descendantsOf(child.pid ?? 0, levels + 1)[0];
      return found !== undefined && isAlive(found) ? found : undefined;
    };
    const opened = { pid: child.pid ?? 0, called, over, output: () => textOf(output) };
    hosts.push(opened);
    return opened;
  };
  const job = (): number | undefined => (textOf(facts).endsWith('\n') ? Number(textOf(facts)) : undefined);
  const live = (): Seen | undefined => {
    const pid = job();
    const seen = pid === undefined ? undefined : seenAt(pid);
    return seen !== undefined && textOf(`/proc/${seen.pid}/cmdline`).includes(facts) ? seen : undefined;
  };
  const isOurs = (pid: number): boolean => textOf(`/proc/${pid}/environ`).split('\0').includes(`HOSTED=${folder}`);
  const isCall = (pid: number): boolean => textOf(`/proc/${pid}/cmdline`).split('\0')[1] === MAIN && isOurs(pid);
  const kill: Hosted['kill'] = (victim, signal) => {
    try {
      if (isOurs(victim.pid) && isAlive(victim)) process.kill(victim.pid, signal);
    } catch {
      // It has ended meanwhile.
    }
  };
  return {
    start: ['job', '--beat', '100ms', '--', JOB, facts, cue],
    host,
    async pm(verb, ...argv) {
      const options = { env: { ...env, PM_SESSION: 'another' }, reject: false, stdin: 'ignore' } as const;
      const { exitCode, stdout } = await execa(process.execPath, [MAIN, verb, '--json', ...argv], options);
      return { exitCode, ...(JSON.parse(stdout) as Answer) };
    },
    hasBegun: () => job() !== undefined,
    isLive: () => live() !== undefined,
    isAwaited: () => namesBelow(folder).some((name) => name.includes('/waiter.')),
    isCalled: () => processes().some(({ pid }) => isCall(pid)),
    kill,
    cue: () => writeFileSync(cue, ''),
    async close() {
      writeFileSync(cue, '');
      for (const { pid, called } of hosts)
        for (const seen of [called() ?? [], descendantsOf(pid)].flat()) kill(seen, 'SIGKILL');
      await Promise.all(hosts.map(({ over }) => over));
      await until(() => live() === undefined);
      await rm(folder, { recursive: true, force: true, maxRetries: 50 }); // a wrapper may still write
    },
  };
}

function namesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true }).map(String);
  } catch {
    return []; // a file has gone while its folder was read
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** All processes below one, found by their parents; only those of the nth generation if a depth is given. */
export function descendantsOf(pid: number, depth?: number): Seen[] {
  if (pid <= 1) throw new Error(`${pid} is no process of a test`);
  const all = processes();
  let generation: readonly number[] = [pid];
  const found: Seen[] = [];
  for (let n = 1; generation.length > 0; n++) {
    const children = all.filter(({ ppid }) => generation.includes(ppid));
    if (depth === undefined || depth === n) found.push(...children);
    generation = children.map((child) => child.pid);
  }
  return found;
}

function processes(): Seen[] {
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (seenAt(Number(name)) ?? []) : []));
}

/** The process that has this pid now; undefined also for a zombie. */
export function seenAt(pid: number): Seen | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, ppid, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' || state === 'X' ? undefined : { pid, ppid: Number(ppid), startTime: rest[17] ?? '' };
  } catch {
    return undefined;
  }
}

/** Whether that very process is there, and no zombie. */
export function isAlive({ pid, startTime }: Seen): boolean {
  return seenAt(pid)?.startTime === startTime;
}

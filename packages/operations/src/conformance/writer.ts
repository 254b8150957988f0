import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { growTree, type Identity, identify, membersOf, scan, terminate } from '@pm/process';
import { decodeSaidStatus, stepPaths } from '@pm/protocol';
import { presentIn, readRecord, statOf } from '@pm/protocol/fs';
import { assetPath } from '../assets.ts';
import type { Answer } from '../shape/answer.ts';

/** Longer than a writer needs for anything but its heartbeat, ms. */
export const PATIENCE_MS = 15_000;

/** A writer under test. */
export interface WriterSpec {
  /** Its words. `{dir}` and `{step}` stand for the directory and the step; the command follows as its last arguments. */
  readonly argv: readonly string[];
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** One run under the writer. */
export interface WriterRun {
  readonly writer: Identity | undefined;
  readonly flat: ReturnType<typeof stepPaths>;
  /** Where the job leaves what it has seen, and gets its cues. */
  readonly seen: string;
  /** The exit code of the writer; undefined if it was killed. Fails if it did not start. */
  readonly exited: Promise<number | undefined>;
  readonly hasSeen: (name: string) => boolean;
  readonly textOf: (name: string) => string;
  readonly cue: (name: string) => void;
  /** Waits for a condition. Fails with the sentence if it does not come. */
  readonly until: (holds: () => boolean, missing: string, withinMs?: number) => Promise<void>;
  readonly status: () => 'SUCCESS' | 'FAILED' | undefined;
  /** `pm stop` of the run. */
  readonly stop: () => Promise<Answer>;
  /** Waits for the status. */
  readonly ended: () => Promise<'SUCCESS' | 'FAILED'>;
}

/** A promise was missed. */
export class Missed extends Error {}

export type Begin = (mode: string, args: readonly string[], options?: BeginOptions) => WriterRun;

export interface BeginOptions {
  readonly step?: string;
  readonly dir?: string;
  /** The command to run instead of the usual job. */
  readonly command?: readonly string[];
}

/**
 * Starts runs under a writer, in a folder of their own.
 * @returns `close` ends every process that was started
 */
export function openWriter(spec: WriterSpec): { begin: Begin; close: () => Promise<void> } {
  const mark = `PM_CONFORMANCE=${process.pid}-${performance.now()}`;
  const since = identify(process.pid);
  let runs = 0;
  const begin: Begin = (mode, args, { step = 'job', dir = `${spec.folder}/dir ä`, command } = {}) => {
    const seen = `${spec.folder}/seen-${runs++}`;
    mkdirSync(seen);
    const flat = stepPaths(dir, step);
    const job = command ?? ['sh', assetPath('assets/conformance-job.sh'), mode, seen, `${dir}/${step}`, ...args];
    const words = spec.argv.map((word) => word.replaceAll('{dir}', dir).replaceAll('{step}', step));
    const [program = '', ...rest] = [...words, ...job];
    const env = { ...spec.env, PM_CONFORMANCE: mark.slice('PM_CONFORMANCE='.length) };
    const child = spawn(program, rest, {
      cwd: spec.folder,
      env: { ...env, WRITER_DIR: dir, WRITER_STEP: step, WRITER_BEAT: '1', PM_RESIDENT: 'off' },
      stdio: 'ignore',
      detached: true,
    });
    let fault: Missed | undefined;
    const exited = new Promise<number | undefined>((resolve, reject) => {
      child.once('error', (error) => {
        fault = new Missed(`the writer did not start: ${error.message}`);
        reject(fault);
      });
      child.once('exit', (code) => resolve(code ?? undefined));
    });
    exited.catch(() => {}); // most scenarios wait for a file, and are told by `until`
    const until: WriterRun['until'] = async (holds, missing, withinMs = PATIENCE_MS) => {
      for (const endMs = performance.now() + withinMs; !holds(); await sleep(10)) {
        if (fault !== undefined) throw fault;
        if (spec.signal.aborted) throw new Missed('the check was interrupted');
        if (performance.now() > endMs) throw new Missed(missing);
      }
    };
    const status = () => presentIn(readRecord(flat.status, decodeSaidStatus))?.word;
    return {
      writer: identify(child.pid ?? 0),
      flat,
      seen,
      exited,
      hasSeen: (name) => existsSync(`${seen}/${name}`),
      textOf: (name) => textIn(`${seen}/${name}`),
      cue: (name) => writeFileSync(`${seen}/${name}`, ''),
      until,
      status,
      stop: async () => {
        const { stop } = await import('../control/stop.ts');
        return stop.run({ steps: [step], dir }, { cwd: spec.folder, env: spec.env, signal: spec.signal });
      },
      ended: async () => {
        await until(() => status() !== undefined, `${step}.status did not appear`);
        return status() ?? 'FAILED';
      },
    };
  };
  const close = async (): Promise<void> => {
    if (since === undefined) return;
    // Nothing that it has started is older than this process, which is never a member itself.
    const root = { pid: since.pid, startTime: since.startTime };
    const find = () => membersOf(growTree({ root, marker: mark }, EMPTY, scan()));
    await terminate({ find, graceMs: 0 });
  };
  return { begin, close };
}

/** Without it a tree begins with the session and the children of its root, which are not the writer's here. */
const EMPTY = { members: new Map(), families: new Map(), marks: new Map() } as const;

export function textIn(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** When a file was written, epoch ms; 0 if it is not there. */
export function writtenAtMs(file: string): number {
  return statOf(file)?.mtimeMs ?? 0;
}

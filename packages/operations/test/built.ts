import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Identity, identify, signalIfSame } from '@pm/process';
import { built } from '@pm/testing';
import { afterAll, beforeAll, expect } from 'vitest';
import type { Stage } from './stage.ts';

const CLI = fileURLToPath(new URL('../../../apps/cli/', import.meta.url));
const { bin, version } = JSON.parse(readFileSync(join(CLI, 'package.json'), 'utf8')) as {
  bin: { pm: string };
  version: string;
};

/** What this version's resident monitor calls itself. */
export const PROGRAM = `pm ${version}`;

let copy: string;

/** Gives the tests of a file a copy of the built command line: a build may replace the original meanwhile. */
export function useBuilt(): void {
  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'pm-built-'));
    if (existsSync(join(CLI, bin.pm)))
      // What V8 has compiled comes and goes while others call the original.
      cpSync(CLI, copy, { recursive: true, filter: (path) => !/\/(?:node_modules|compiled)(?:\/|$)/.test(path) });
  });
  afterAll(() => rmSync(copy, { recursive: true, force: true }));
}

/** The built command as a process of its own, by default without a voice. */
export function pm(stage: Stage, args: readonly string[], options: Calling = {}): ChildProcess {
  const { limit = [], env = {}, stdio = 'ignore' } = options;
  const [program = '', ...rest] = [...limit, process.execPath, built(join(copy, bin.pm)), ...args];
  const own = { ...stage.env, PM_DIR: stage.dir, ...env } as NodeJS.ProcessEnv;
  return spawn(program, rest, { cwd: stage.folder, env: own, stdio });
}

interface Calling {
  /** A program, and its arguments, that the call is started through. */
  readonly limit?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly stdio?: 'ignore' | 'pipe';
}

/** Program and arguments of the built resident monitor. */
export function residentCall(): readonly string[] {
  return [process.execPath, built(join(copy, 'dist', 'resident.cjs'))];
}

/** What a piped call has printed, and its exit status, once it has ended. */
export async function saidBy(child: ChildProcess): Promise<{ status: number | null; out: string; err: string }> {
  let [out, err] = ['', ''];
  child.stdout?.on('data', (bytes) => {
    out += bytes;
  });
  child.stderr?.on('data', (bytes) => {
    err += bytes;
  });
  await once(child, 'close');
  return { status: child.exitCode, out, err };
}

export function identityOf({ pid = 0 }: ChildProcess): Identity {
  const identity = identify(pid);
  if (identity === undefined) throw new Error(`there is no process ${pid}`);
  return identity;
}

export async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  expect(signalIfSame(identityOf(child), 'SIGKILL')).toBe(true);
  await gone;
}

export async function statusOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
}

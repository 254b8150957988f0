import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { LONG } from '@pm/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBreaker } from '../src/index.ts';
import { type Installed, install } from './installed.ts';

/** Processes at once, and how many endings they record together. */
const CROWD = LONG ? 50 : 8;
const ENDINGS = LONG ? 1_000 : 320;

let installed: Installed;
let folder: string;

beforeAll(() => {
  installed = install();
  folder = installed.folder;
  cpSync(fileURLToPath(new URL('fixtures', import.meta.url)), folder, { recursive: true });
});
afterAll(() => installed.remove());

test.concurrent(`${CROWD} processes record ${ENDINGS} endings: none is lost, and exactly one opens the breaker`, async () => {
  const programs = Array.from({ length: CROWD }, () =>
    start('record-endings.mjs', [folder, 'crowd', String(ENDINGS / CROWD), 'failed']),
  );
  const told = await Promise.all(programs.map(async (program) => JSON.parse(await lastLine(program))));
  expect(told.reduce((sum, { trips }) => sum + trips, 0)).toBe(1);
  expect(new Set(told.flatMap(({ ids }) => ids)).size).toBe(ENDINGS);
  const breaker = openBreaker({ folder, name: 'crowd' });
  expect(breaker.snapshot()).toMatchObject({ circuit: 'open', malformed: [] });
  // What is past is deleted by whoever finds the log quiet: in the crowd, somebody always came in between.
  const left = (): number => readdirSync(join(folder, 'crowd/log')).length;
  for (let i = 0; i < 400 && left() >= ENDINGS / 2; i++) await breaker.record('failed', { cwd: folder });
  expect(left()).toBeLessThan(ENDINGS / 2);
});

test.concurrent('of eight who ask at once, one is granted the trial; when it is killed, one of the next', async () => {
  const breaker = openBreaker({ folder, name: 'trial', rule: { coolDownMs: 0 } });
  for (let i = 0; i < 3; i++) await breaker.record('failed', { cwd: folder });
  const first = await race(8);
  expect(first.map(({ said }) => said).filter((word) => word === 'trial')).toHaveLength(1);
  expect(first.map(({ said }) => said).filter((word) => word === 'refused')).toHaveLength(7);
  expect(breaker.snapshot().circuit).toBe('half-open');
  await end(first.filter(({ said }) => said === 'refused'));
  expect(breaker.snapshot().circuit).toBe('half-open');
  await end(first);
  expect(breaker.snapshot().circuit).toBe('open');
  const second = await race(4);
  await end(second);
  expect(second.filter(({ said }) => said === 'trial')).toHaveLength(1);
});

interface Asker {
  readonly program: ChildProcess;
  readonly said: string;
}

/** All of them are up and waiting before the first one asks. */
async function race(count: number): Promise<Asker[]> {
  const programs = Array.from({ length: count }, () => start('ask-once.mjs', [folder, 'trial', 'a-step']));
  const lines = programs.map((program) => linesOf(program)[Symbol.asyncIterator]());
  for (const line of lines) expect((await line.next()).value).toBe('ready');
  for (const { stdin } of programs) stdin?.write('go\n');
  const said = await Promise.all(lines.map(async (line) => String((await line.next()).value)));
  return programs.map((program, i) => ({ program, said: said[i] ?? '' }));
}

/** Kills our own children, whose pids are theirs until we have waited for them. */
async function end(askers: readonly Asker[]): Promise<void> {
  await Promise.all(
    askers.map(async ({ program }) => {
      if (program.exitCode !== null || program.signalCode !== null) return;
      const ended = once(program, 'exit');
      program.kill('SIGKILL');
      await ended;
    }),
  );
}

function start(program: string, args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [join(folder, program), ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
}

function linesOf(program: ChildProcess): AsyncIterable<string> {
  if (program.stdout === null) throw new Error('no output');
  return createInterface({ input: program.stdout });
}

async function lastLine(program: ChildProcess): Promise<string> {
  let last = '';
  for await (const line of linesOf(program)) last = line;
  return last;
}

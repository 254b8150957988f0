import { EventEmitter } from 'node:events';
import type { Answer } from '@pm/operations';
import { describe, expect, test } from 'vitest';
import type { VerbCall } from '../call/verb-call.ts';
import { listenForSignals } from '../process/signals.ts';
import { awaitAnswer } from './await-answer.ts';

const NEVER = new Promise<Answer>(() => {});
const RUN: VerbCall = { verb: 'run', input: { command: ['x'] } };
const WAIT: VerbCall = { verb: 'wait', input: { steps: ['train'], dir: 'd' } };

describe('awaitAnswer', () => {
  test('a terminal that hangs up leaves the run and says how to wait', async () => {
    const { leaving, signal } = given(RUN, NEVER);
    signal('SIGHUP');
    await expect(leaving).rejects.toMatchObject({ exitCode: 129, hasUnfinishedWork: true, next: 'pm wait train' });
  });

  test('a second signal leaves a wait that does not end', async () => {
    const { leaving, signal } = given(WAIT, NEVER);
    signal('SIGINT');
    signal('SIGINT');
    await expect(leaving).rejects.toMatchObject({
      exitCode: 130,
      hasUnfinishedWork: true,
      next: 'pm wait train --dir d',
    });
  });

  test('an operation that throws its abort was ended by the signal', async () => {
    const aborted = Promise.reject(Object.assign(new Error('aborted'), { name: 'AbortError' }));
    const { leaving, signal } = given(WAIT, aborted);
    signal('SIGTERM');
    await expect(leaving).rejects.toMatchObject({ code: 'interrupted', exitCode: 143 });
  });

  test('a second signal leaves a batch and says how to go on with it', async () => {
    const { leaving, signal } = given({ verb: 'batch', input: { file: 'jobs.jsonl', again: true } }, NEVER);
    signal('SIGINT');
    signal('SIGINT');
    await expect(leaving).rejects.toMatchObject({ exitCode: 130, next: 'pm batch jobs.jsonl --resume' });
  });

  test('a preflight that was ended is asked again, there is nothing to wait for', async () => {
    const aborted = Promise.reject(Object.assign(new Error('aborted'), { name: 'AbortError' }));
    const { leaving, signal } = given({ verb: 'preflight', input: { fix: true } }, aborted);
    signal('SIGINT');
    await expect(leaving).rejects.toMatchObject({
      exitCode: 130,
      message: 'SIGINT ended pm preflight',
      next: 'pm preflight',
    });
  });

  test('an abort nobody asked for is an error like any other', async () => {
    const aborted = Promise.reject(Object.assign(new Error('aborted'), { name: 'AbortError' }));
    await expect(given(WAIT, aborted).leaving).rejects.toThrow('aborted');
  });

  test('a reader that leaves a run does not end it', async () => {
    const { leaving } = given(RUN, NEVER, Promise.resolve('output-closed'));
    await expect(leaving).rejects.toMatchObject({ exitCode: 141, hasUnfinishedWork: true, next: 'pm wait train' });
  });

  test('a reader that leaves a log ends the reading', async () => {
    const { leaving } = given({ verb: 'logs', input: { step: 'train' } }, NEVER, Promise.resolve('output-closed'));
    await expect(leaving).resolves.toBe('output-closed');
  });
});

function given(
  call: VerbCall,
  running: Promise<Answer>,
  outputClosed: Promise<'output-closed'> = new Promise(() => {}),
) {
  const cliProcess = new EventEmitter();
  const signals = listenForSignals(call.verb, cliProcess as never, () => {});
  const printer = {
    report: async () => {},
    erase: async () => {},
    outputClosed,
    startedStep: () => 'train',
    hasShown: () => false,
  };
  const leaving = awaitAnswer(running, { call, invocation: 'pm', signals, printer });
  return { leaving, signal: (name: string) => cliProcess.emit(name, name) };
}

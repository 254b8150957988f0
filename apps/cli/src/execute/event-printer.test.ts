import { Writable } from 'node:stream';
import type { RunView } from '@pm/operations';
import { describe, expect, test } from 'vitest';
import type { VerbCall } from '../call/verb-call.ts';
import * as rendering from '../render/answer.ts';
import type { Style } from '../text/style.ts';
import { type EventPrinter, eventPrinter } from './event-printer.ts';

const STYLE: Style = { person: false, columns: 80, colour: false, invocation: 'pm', clock: String };
const RUN: RunView = { step: 'train', state: 'running', evidence: '', startedAt: 0, elapsedMs: 45_000, pid: 4242 };
const COLOURED = Buffer.from('\u001b[31mred\u001b[0m\n');

describe('a printer', () => {
  test('of run gives the bytes of the job as they are, and marks what is its own', async () => {
    const { printer, out, err } = printerFor('run');
    await printer.report({ type: 'started', run: RUN });
    await printer.report({ type: 'output', stream: 'log', bytes: COLOURED });
    await printer.report({ type: 'output', stream: 'errors', bytes: Buffer.from('oops\n') });
    expect(out()).toBe(COLOURED.toString());
    expect(err()).toBe('pm: train started · pid 4242\noops\n');
    expect(printer.startedStep()).toBe('train');
  });

  test('of run ends a line that the job left open on a terminal, once', async () => {
    const { printer, out, err } = printerFor('run', { isTTY: true });
    await printer.report({ type: 'output', stream: 'log', bytes: Buffer.from('hi') });
    await printer.erase();
    await printer.erase();
    expect([out(), err()]).toEqual(['hi', '\n']);
  });

  test('of run tells of an attempt that failed', async () => {
    const { printer, err } = printerFor('run');
    const run: RunView = { ...RUN, attempt: 1, attemptLimit: 4, attemptExitCode: 7 };
    await printer.report({ type: 'attempt', run });
    expect(err()).toBe('pm: train still running 45s · attempt 1/4 failed exit 7\n');
  });

  test('with --json keeps stdout for the answer', async () => {
    const { printer, out, err } = printerFor('run', { json: true });
    await printer.report({ type: 'started', run: RUN });
    await printer.report({ type: 'output', stream: 'log', bytes: COLOURED });
    expect([out(), err()]).toEqual(['', COLOURED.toString()]);
  });

  test('of logs -f strips what a terminal obeys, and keeps letters that come in two pieces', async () => {
    const { printer, out } = printerFor('logs');
    const bytes = Buffer.concat([COLOURED, Buffer.from('größe\n')]);
    await printer.report({ type: 'output', stream: 'log', bytes: bytes.subarray(0, 16) });
    await printer.report({ type: 'output', stream: 'log', bytes: bytes.subarray(16) });
    expect(out()).toBe('red\ngröße\n');
    expect(printer.hasShown()).toBe(true);
  });

  test('of a wait draws a live line on a terminal and takes it off again', async () => {
    const { printer, out, err } = printerFor('wait', { isTTY: true });
    await printer.report({ type: 'progress', run: RUN, lastLine: 'epoch 3' });
    await printer.erase();
    await printer.erase();
    expect(out()).toBe('');
    expect(err()).toBe('\r\u001b[2K● train running 45s · epoch 3\r\u001b[2K');
  });

  test('of a wait says nothing into a pipe', async () => {
    const { printer, out, err } = printerFor('wait');
    await printer.report({ type: 'progress', run: RUN, lastLine: 'epoch 3' });
    expect([out(), err()]).toEqual(['', '']);
  });

  test('tells when nobody reads any more', async () => {
    const { printer } = printerFor('run', { isClosed: true });
    await printer.report({ type: 'output', stream: 'log', bytes: COLOURED });
    await expect(printer.outputClosed).resolves.toBe('output-closed');
  });
});

interface Reading {
  readonly json?: boolean;
  readonly isTTY?: boolean;
  readonly isClosed?: boolean;
}

function printerFor(verb: VerbCall['verb'], { json = false, isTTY = false, isClosed = false }: Reading = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const cliProcess = {
    env: {},
    stdout: Object.assign(into(out, isClosed), { isTTY }),
    stderr: Object.assign(into(err), { isTTY, columns: 80 }),
  };
  const printer: EventPrinter = eventPrinter(
    { verb, input: {} },
    json ? undefined : rendering,
    STYLE,
    cliProcess as never,
  );
  return { printer, out: () => out.join(''), err: () => err.join('') };
}

function into(chunks: string[], isClosed = false): Writable {
  const stream = new Writable({
    decodeStrings: false,
    write: (chunk, _encoding, done) => {
      chunks.push(String(chunk));
      done(isClosed ? new Error('EPIPE') : null);
    },
  });
  return stream.on('error', () => {});
}

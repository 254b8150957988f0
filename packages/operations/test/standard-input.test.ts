import { execFileSync } from 'node:child_process';
import { closeSync, constants, existsSync, openSync, readFileSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive, signalIfSame } from '@pm/process';
import { until } from '@pm/testing';
import { describe, expect } from 'vitest';
import { test } from './stage.ts';

const { O_RDONLY, O_NONBLOCK, O_RDWR, O_WRONLY } = constants;

/** Each makes a descriptor as a shell would hand it to a call. */
const SOURCES: Readonly<Record<string, (folder: string) => number>> = {
  'a file with data': (folder) => openSync(fileIn(folder, 'select 1;\n'), 'r'),
  'a file with a space in its name': (folder) => openSync(fileIn(folder, 'x', 'my dump.sql'), 'r'),
  'a file of which a shell loop has read one line': (folder) => {
    const fd = openSync(fileIn(folder, 'a\nb\n'), 'r');
    readSync(fd, Buffer.alloc(2));
    return fd;
  },
  'a pipe with data': (folder) => {
    const fd = pipeIn(folder);
    writeSync(fd, 'x\n');
    return fd;
  },
  'a file of /proc, which has no size': () => openSync('/proc/self/status', 'r'),
  '/dev/zero': () => openSync('/dev/zero', 'r'),
  'an empty file': (folder) => openSync(fileIn(folder, ''), 'r'),
  'a file that was read to its end': (folder) => {
    const fd = openSync(fileIn(folder, 'ab'), 'r');
    readSync(fd, Buffer.alloc(9));
    return fd;
  },
  'a file that is open for writing only': (folder) => openSync(fileIn(folder, 'ab'), O_WRONLY),
  'an open pipe without data': pipeIn,
  'a pipe at its end': (folder) => {
    closeSync(pipeIn(folder));
    return openSync(join(folder, 'pipe'), O_RDONLY | O_NONBLOCK);
  },
  '/dev/null': () => openSync('/dev/null', 'r'),
  'a directory': (folder) => openSync(folder, 'r'),
  // A number that nothing opens: one that was just closed may be given to another file at once.
  'a closed descriptor': () => 1_000_000,
};

function fileIn(folder: string, text: string, name = 'input'): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

/** It stays open for writing. */
function pipeIn(folder: string): number {
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  return openSync(join(folder, 'pipe'), O_RDWR | O_NONBLOCK);
}

const onLinux = test.skipIf(process.platform !== 'linux');

describe('data on standard input is not dropped without a word', () => {
  onLinux.for(Object.keys(SOURCES).slice(0, 6))('%s: nothing is started', async (source, { stage }) => {
    const stdin = SOURCES[source]?.(stage.folder);
    const answer = await stage.ask('start', { step: 'load', command: ['cat', 'it'], timeout: '2m' }, { stdin });
    expect(answer.runs).toEqual([]);
    expect(answer.refusal).toMatchObject({ kind: 'unread-input', message: expect.stringContaining('< /dev/null') });
    const passedOn = { step: 'load', command: ['cat', 'it'], timeout: '2m', stdin: true };
    expect(answer.next.at(-1)).toMatchObject({ operation: 'start', input: passedOn });
    if (source.includes('space'))
      expect(answer.next[0]?.input).toMatchObject({
        command: ['sh', '-c', `cat it < '${join(stage.folder, 'my dump.sql')}'`],
        timeout: '2m',
      });
    expect((await stage.ask('ls', {})).runs).toEqual([]);
  });

  onLinux.for(Object.keys(SOURCES).slice(6))('%s: it starts', async (source, { stage }) => {
    const stdin = SOURCES[source]?.(stage.folder);
    const run = await stage.askOne('start', { step: 'load', command: ['cat'], wait: true }, { stdin });
    expect(run).toMatchObject({ outcome: 'success', logBytes: 0 });
  });

  test('a caller whose input is a protocol is not asked', async ({ stage }) => {
    expect(await stage.askOne('start', { step: 'load', command: ['cat'], wait: true })).toMatchObject({
      outcome: 'success',
    });
  });

  onLinux('data that comes during the wait is told at its end', async ({ stage }) => {
    const stdin = pipeIn(stage.folder);
    const report = (): void => void writeSync(stdin, 'late');
    const input = { step: 'load', command: ['cat'], wait: true };
    const { notes } = await stage.ask('start', input, { stdin, report });
    expect(notes).toEqual([expect.stringContaining('--stdin')]);
  });
});

describe('--stdin', () => {
  onLinux.for([
    ['start', 'a file with data', 'select 1;\n'],
    ['run', 'a file with data', 'select 1;\n'],
    ['start', 'a file of which a shell loop has read one line', 'b\n'],
    ['run', '/dev/null', ''],
  ] as const)('%s passes %s on', async ([verb, source, text], { stage }) => {
    const stdin = SOURCES[source]?.(stage.folder);
    const input = { step: 'load', command: ['cat'], stdin: true, ...(verb === 'start' && { wait: true }) };
    expect(await stage.askOne(verb, input, { stdin })).toMatchObject({ outcome: 'success' });
    expect(readFileSync(stage.files().log, 'utf8')).toBe(text);
  });

  onLinux('a pipe may be written later', async ({ stage }) => {
    const stdin = pipeIn(stage.folder);
    await stage.ask('start', { step: 'load', command: ['head', '-n1'], stdin: true }, { stdin });
    writeSync(stdin, 'late\n');
    await stage.ask('wait', { steps: ['load'] });
    expect(readFileSync(stage.files().log, 'utf8')).toBe('late\n');
  });

  test.for([
    ['retries', { retries: 2 }, 0, 'only the first attempt'],
    ['a caller without input', {}, undefined, 'no standard input'],
  ] as const)('is refused with %s', async ([, more, stdin, why], { stage }) => {
    const start = stage.ask('start', { step: 'load', command: ['cat'], stdin: true, ...more }, { stdin });
    await expect(start).rejects.toMatchObject({ code: 'usage', message: expect.stringContaining(why) });
  });

  onLinux('a second start says that the running one gets nothing of it', async ({ stage }) => {
    await stage.ask('start', { step: 'load', command: ['sleep', '60'] });
    const stdin = SOURCES['a file with data']?.(stage.folder);
    const { alreadyRunning, notes } = await stage.ask(
      'start',
      { step: 'load', command: ['sleep', '60'], stdin: true },
      { stdin },
    );
    expect([alreadyRunning, notes]).toEqual([true, [expect.stringContaining('does not get')]]);
  });
});

describe('a standard input that never ends', () => {
  /** Goes on until its standard input ends, as esbuild --watch does. */
  const WATCHES = ['sh', '-c', 'touch on; cat > /dev/null; touch over'];

  test('without it a watch program ends with success, and a note names the option', async ({ stage }) => {
    await stage.ask('start', { step: 'w', command: ['sh', '-c', 'cat', '--watch'] });
    const { runs, notes = [] } = await stage.ask('wait', { steps: ['w'] });
    expect(runs).toMatchObject([{ outcome: 'success' }]);
    expect(notes.join()).toContain('--stdin open');
  });

  test('with it the program goes on without any other process, until it is stopped', async ({ stage }) => {
    await stage.ask('start', { step: 'w', command: WATCHES, stdin: 'open' });
    await until(() => stage.hasCue('on'), 'it runs');
    const wrapper = stage.recorded('wrapper');
    signalIfSame(wrapper, 'SIGKILL'); // it holds the same pipe
    await until(() => !isAlive(wrapper), 'its wrapper is gone');
    expect(stage.hasCue('over')).toBe(false);
    expect(await stage.askOne('status', { step: 'w' })).toMatchObject({ state: 'running' });
    expect(existsSync(join(stage.files().folder, 'input')), 'the pipe has no name').toBe(false);
    expect(await stage.askOne('stop', { steps: ['w'] })).toMatchObject({ outcome: 'cancelled' });
    expect(stage.hasCue('over')).toBe(false);
  });

  test('each attempt has it', async ({ stage }) => {
    const command = ['sh', '-c', '[ -e on ] && exec cat; touch on; exit 3'];
    await stage.ask('start', { step: 'w', command, stdin: 'open', retries: 1, backoff: '1ms' });
    await until(async () => (await stage.askOne('status', { step: 'w' })).attempt === 2, 'the second attempt runs');
    expect(await stage.askOne('wait', { steps: ['w'], budget: '300ms' })).toMatchObject({ state: 'running' });
  });

  test('a run that waited for its turn has it', async ({ stage }) => {
    await stage.ask('start', { step: 'first', command: ['true'] });
    await stage.ask('start', { step: 'w', command: WATCHES, stdin: 'open', after: ['first'] });
    await stage.ask('wait', { steps: ['first'] });
    await until(async () => (await stage.askOne('status', { step: 'w' })).state === 'running', 'it has begun');
    await until(() => stage.hasCue('on'), 'it runs');
    expect(await stage.askOne('wait', { steps: ['w'], budget: '300ms' })).toMatchObject({ state: 'running' });
  });

  test('of a step in pm.config.json', async ({ stage }) => {
    const steps = { w: { command: WATCHES, stdin: 'open' } };
    writeFileSync(join(stage.folder, 'pm.config.json'), JSON.stringify({ steps }));
    await stage.ask('start', { step: 'w' });
    await until(() => stage.hasCue('on'), 'it runs');
    expect(await stage.askOne('wait', { steps: ['w'], budget: '300ms' })).toMatchObject({ state: 'running' });
  });

  test('without mkfifo(1) nothing is started, and the reason is named', async ({ stage }) => {
    const PATH = process.env['PATH'];
    process.env['PATH'] = stage.folder;
    const failed = stage.ask('start', { step: 'w', command: ['/bin/true'], stdin: 'open' });
    await expect(failed.finally(() => (process.env['PATH'] = PATH))).rejects.toThrow(/mkfifo\(1\) cannot be run/);
  });
});

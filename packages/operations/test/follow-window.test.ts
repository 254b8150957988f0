import { linkSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { rawLog } from '../src/index.ts';
import { test } from './stage.ts';

test('the rest of an attempt is followed before the next one begins, and their texts are not mixed', async ({
  stage,
}) => {
  const cue = join(stage.folder, 'go-on');
  const script = `if [ ! -e ${cue} ]; then echo one; until [ -e ${cue} ]; do sleep 0.05; done; echo rest; exit 3; fi; echo two`;
  await stage.ask('start', { step: 'work', command: ['sh', '-c', script], retries: 1, backoff: '1ms' });
  const { followWindow } = await rawLog();
  const seen: [number | undefined, string][] = [];
  for await (const { attempt, text } of followWindow({ dir: stage.dir, run: 'work' }, 0, AbortSignal.timeout(60_000))) {
    if (text === '') continue;
    seen.push([attempt, text]);
    if (text === 'one\n') writeFileSync(cue, '');
  }
  const textsOf = (n: number) =>
    seen
      .filter(([attempt]) => attempt === n)
      .map(([, text]) => text)
      .join('');
  expect([textsOf(1), textsOf(2)]).toEqual(['one\nrest\n', 'two\n']);
});

test('a character that is being written is given when it is whole, or when no more comes', async ({ stage }) => {
  const [rest, end] = [join(stage.folder, 'rest'), join(stage.folder, 'end')];
  const until = (cue: string) => `until [ -e ${cue} ]; do sleep 0.05; done`;
  const script = `printf 'one \\320'; ${until(rest)}; printf '\\277 two \\320'; ${until(end)}`;
  await stage.ask('start', { step: 'work', command: ['sh', '-c', script] });
  const { followWindow, logWindow } = await rawLog();
  const place = { dir: stage.dir, run: 'work' };
  const texts: string[] = [];
  let to = 0;
  for await (const window of followWindow(place, 0, AbortSignal.timeout(60_000))) {
    if (window.text === '') continue;
    expect(window.from).toBe(to);
    texts.push(window.text);
    to = window.to;
    if (texts.join('') === 'one ') {
      const half = { from: 4, to: 4, totalBytes: 5, text: '' };
      await expect.poll(() => logWindow(place, { from: 4, bytes: 9 })).toMatchObject(half);
      expect(logWindow(place, { lines: 9 })).toMatchObject({ from: 0, to: 4, text: 'one ' });
      writeFileSync(rest, '');
    }
    if (texts.join('') === 'one п two ') writeFileSync(end, '');
  }
  expect([texts.join(''), to]).toEqual(['one п two \ufffd', 12]);
});

test('an attempt keeps its text also while its log is set aside and the next one is not on record', async ({
  stage,
}) => {
  const command = ['sh', '-c', 'echo one; exec sleep 600'];
  await stage.ask('start', { step: 'work', command, retries: 1, backoff: '1ms' });
  const { logWindow } = await rawLog();
  const place = { dir: stage.dir, run: 'work', attempt: 1 };
  await expect.poll(() => logWindow(place, { from: 0, bytes: 9 }).text).toBe('one\n');
  const { log } = stage.files();
  writeFileSync(`${log}.new`, '');
  linkSync(log, `${log}.1`);
  renameSync(`${log}.new`, log);
  expect(logWindow(place, { from: 0, bytes: 9 })).toMatchObject({ text: 'one\n', totalBytes: 4, attempt: 1 });
});

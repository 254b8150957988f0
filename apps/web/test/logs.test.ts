import { createWriteStream, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LogMatches, LogWindow } from '@pm/operations';
import { memoryOf, type Served, type Stage, test } from './stage.ts';

/** A run that has ended, whose log is made of these bytes. */
async function runWithLog({ pm, dir }: Stage, step: string, bytes: string | Buffer): Promise<string> {
  await pm('start', step, '--wait', '--', 'true');
  const { id } = JSON.parse((await pm('status', step, '--json')).out).runs[0];
  const file = join(dir, 'runs', id, 'log');
  writeFileSync(file, bytes);
  return file;
}

function windowOf({ json }: Served, { dir }: Stage, run: string, query: string): Promise<LogWindow> {
  return json<LogWindow>(`log?dir=${encodeURIComponent(dir)}&run=${run}&${query}`);
}

test.concurrent('a log is given as it was written, escape sequences and markup included', async ({ stage, expect }) => {
  const served = await stage.serve('--port', '0');
  const hostile = [
    '\u001b[31mred\u001b[0m <script>alert(1)</script> &amp;',
    '\u001b]0;title\u0007\u001b]8;;http://evil.example\u0007link\u001b]8;;\u0007 \u202edlrow\u202c \u0000\u0007',
    'data: {"type":"all"}',
    '',
    '🙂 end',
  ].join('\n');
  await runWithLog(stage, 'evil', hostile);
  const response = await served.get(`log?dir=${encodeURIComponent(stage.dir)}&run=evil`);
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  expect(((await response.json()) as LogWindow).text).toBe(hostile);
});

test.concurrent('windows join without a gap and without half a character, in both directions', async ({
  stage,
  expect,
}) => {
  const served = await stage.serve('--port', '0');
  const text = Array.from({ length: 2_000 }, (_, n) => `${n} ${'é🙂'.repeat(n % 7)}`).join('\n');
  await runWithLog(stage, 'text', text);
  let joined = '';
  for (let from = 0, total = 1; from < total; ) {
    const window = await windowOf(served, stage, 'text', `from=${from}&bytes=4097`);
    expect(window.from).toBe(from);
    joined += window.text;
    [from, total] = [window.to, window.totalBytes];
  }
  expect(joined).toBe(text);
  let backwards = '';
  for (let before: number | undefined; before !== 0; ) {
    const asked: string = before === undefined ? 'lines=333' : `lines=333&before=${before}`;
    const window: LogWindow = await windowOf(served, stage, 'text', asked);
    backwards = window.text + backwards;
    before = window.from;
  }
  expect(backwards).toBe(text);
});

test.concurrent('a log of 100 MB opens at its end, and a line of 10 MB is no hindrance', async ({ stage, expect }) => {
  const served = await stage.serve('--port', '0');
  const file = await runWithLog(stage, 'long', '');
  const writing = createWriteStream(file);
  const lines = Buffer.from('a line of a log, as a program writes it: done\n'.repeat(23_000));
  for (let n = 0; n < 100; n++) await new Promise((resolve) => writing.write(lines, resolve));
  await new Promise((resolve) => writing.write(`${'x'.repeat(10_000_000)} needle\nlast line\n`, resolve));
  await new Promise<void>((resolve) => writing.end(resolve));
  const before = memoryOf(served);
  const end = await windowOf(served, stage, 'long', 'lines=500');
  expect(end.totalBytes).toBe(statSync(file).size);
  expect(end.to - end.from).toBeLessThanOrEqual(1_048_576);
  expect(end.text.endsWith('x needle\nlast line\n')).toBe(true);
  const middle = await windowOf(served, stage, 'long', `from=${end.from - 5_000_000}&bytes=1000`);
  expect(middle.text).toBe('x'.repeat(1000));
  expect((await windowOf(served, stage, 'long', 'from=0&bytes=999999999')).text.length).toBeLessThanOrEqual(1_048_576);
  const found: LogMatches['matches'][number][] = [];
  for (let from = 0, total = 1; from < total; ) {
    const place = `find?dir=${encodeURIComponent(stage.dir)}&run=long&pattern=needle&from=${from}`;
    const piece = await served.json<LogMatches>(place);
    found.push(...piece.matches);
    expect(piece.to).toBeGreaterThan(from);
    [from, total] = [piece.to, piece.totalBytes];
  }
  expect(found.length).toBe(1);
  expect(found[0]?.text).toMatch(/needle$/);
  expect(found[0]?.text.length).toBeLessThan(1_000);
  expect(memoryOf(served) - before).toBeLessThan(80_000_000); // of a log of 110 MB only pieces were in memory
});

test.concurrent('what the size limit has dropped is a gap that no window spans', async ({ stage, expect }) => {
  const served = await stage.serve('--port', '0');
  const file = await runWithLog(stage, 'cut', '');
  writeFileSync(file, `${'first\n'.repeat(100)}${'\0'.repeat(6_000)}${'last\n'.repeat(100)}`);
  writeFileSync(join(file, '../truncated'), 'v1 cap 600 6600\n');
  const gap = { from: 600, to: 6_600 };
  expect(await windowOf(served, stage, 'cut', 'from=0&bytes=1000000')).toMatchObject({ from: 0, to: 600, gap });
  expect(await windowOf(served, stage, 'cut', 'from=600&bytes=1000000')).toMatchObject({ from: 6_600, to: 7_100, gap });
  expect(await windowOf(served, stage, 'cut', 'from=3000&bytes=10')).toMatchObject({
    from: 6_600,
    text: 'last\nlast\n',
  });
  expect(await windowOf(served, stage, 'cut', 'lines=500')).toMatchObject({ from: 6_600, to: 7_100 });
  expect(await windowOf(served, stage, 'cut', 'lines=500&before=6600')).toMatchObject({ from: 0, to: 600 });
  const found = await served.json<LogMatches>(`find?dir=${encodeURIComponent(stage.dir)}&run=cut&pattern=t`);
  expect(found.matches.length).toBe(200);
});

test.concurrent('each attempt has its own offsets, and a window says how many attempts there are', async ({
  stage,
  expect,
}) => {
  const served = await stage.serve('--port', '0');
  const script = '[ -e made ] || { touch made; echo first; exit 3; }; echo second';
  await stage.pm('start', 'twice', '--retries', '1', '--backoff', '1ms', '--wait', '--', 'sh', '-c', script);
  expect(await windowOf(served, stage, 'twice', 'from=0&bytes=99&attempt=1')).toMatchObject({
    text: 'first\n',
    attempt: 1,
    attempts: 2,
  });
  expect(await windowOf(served, stage, 'twice', 'lines=9')).toMatchObject({
    text: 'second\n',
    attempt: 2,
    attempts: 2,
  });
});

test.concurrent('a text that is in every line is found in small answers that leave none out', async ({
  stage,
  expect,
}) => {
  const served = await stage.serve('--port', '0');
  await runWithLog(stage, 'common', 'e\n'.repeat(20_000));
  const found: number[] = [];
  for (let from = 0, total = 1; from < total; ) {
    const place = `find?dir=${encodeURIComponent(stage.dir)}&run=common&pattern=e&from=${from}`;
    const piece = await served.json<LogMatches>(place);
    expect(piece.matches.length).toBeLessThanOrEqual(500);
    for (const { at } of piece.matches) found.push(at);
    [from, total] = [piece.to, piece.totalBytes];
  }
  expect(found).toEqual(Array.from({ length: 20_000 }, (_, n) => 2 * n));
});

test.concurrent('a wrong run, a wrong number and a missing log are told in words', async ({ stage, expect }) => {
  const served = await stage.serve('--port', '0');
  await runWithLog(stage, 'there', 'text\n');
  const dir = encodeURIComponent(stage.dir);
  const codeOf = async (path: string): Promise<unknown> => {
    const answer = await served.get(path);
    expect(answer.status).toBe(400);
    return ((await answer.json()) as { fault: { code: string } }).fault.code;
  };
  expect(await codeOf(`log?dir=${dir}&run=nothing`)).toBe('no-such-step');
  expect(await codeOf(`log?dir=${dir}&run=../there`)).toBe('usage');
  expect(await codeOf(`history?dir=${dir}&step=../../there`)).toBe('usage');
  expect(await codeOf(`find?dir=${dir}&run=nothing&pattern=x`)).toBe('no-such-step');
  expect(await codeOf(`log?dir=${dir}&run=there&attempt=7`)).toBe('usage');
  expect(await codeOf('log?run=there')).toBe('usage');
  expect(await windowOf(served, stage, 'there', 'from=-1')).toMatchObject({ text: 'text\n' });
  expect(await windowOf(served, stage, 'there', 'from=99')).toMatchObject({ from: 5, to: 5, text: '' });
  const wild = await served.json<LogMatches>(`find?dir=${dir}&run=there&pattern=${encodeURIComponent('(a+)+$')}`);
  expect(wild.matches).toEqual([]); // a text, not a regular expression
});

import { expect, test } from 'vitest';
import { openLineSearch } from './line-search.ts';

const encoder = new TextEncoder();

test.each<[string, output: string, text: string, found: string | undefined]>([
  ['a line', 'a\nListening on 3000\nb\n', 'Listening on', 'Listening on 3000'],
  ['a line without its newline', 'Listening on 3000', 'Listening', 'Listening on 3000'],
  [
    'colours before and in the text',
    '\x1b[32m➜\x1b[39m  \x1b[1mLocal\x1b[22m: http',
    '➜  Local: http',
    '➜  Local: http',
  ],
  ['a line that is drawn anew', 'building 1%\rready in 300 ms\r\n', 'ready in', 'ready in 300 ms'],
  ['a line that was written over', 'ready now\rdone     ', 'ready', 'ready now'],
  ['characters of several bytes', 'сервер запущен ✓\n', 'запущен ✓', 'сервер запущен ✓'],
  ['not over two lines', 'Listening\non', 'Listening on', undefined],
  ['no pattern', 'abc', 'a.c', undefined],
])('%s is found, however it is cut', (_, output, text, found) => {
  const bytes = encoder.encode(output);
  for (let size = 1; size <= bytes.length; size++) {
    const search = openLineSearch(text);
    let last: string | undefined;
    for (let at = 0; at < bytes.length; at += size) last = search.write(bytes.subarray(at, at + size));
    // Of a version that was cut while it was written, its beginning is the line.
    if (found === undefined) expect(last).toBeUndefined();
    else expect(last !== undefined && found.startsWith(last) && last.includes(text), `${size}: ${last}`).toBe(true);
  }
});

import { describe, expect, test } from 'vitest';
import { decisiveExcerpt, decisiveLines } from './decisive-lines.ts';

// The lines of tools while all is well, the line that names the failure, and what the tool says at its end about it.
const KINDS: readonly (readonly [tool: string, well: (n: number) => string, failure: string, end: string])[] = [
  [
    'vitest',
    (n) => ` ✓ src/part-${n}.test.ts (${n % 9} tests) ${n % 50}ms`,
    ' FAIL  src/math#.test.ts > adds up',
    ' Test Files  1 failed | 239 passed (240)',
  ],
  ['jest', (n) => `PASS src/part-${n}.test.js`, '    Expected: #', 'Tests:       1 failed, 239 passed, 240 total'],
  [
    'pytest',
    (n) => `tests/test_part_${n}.py::test_it PASSED`,
    'E       assert # == 42',
    '1 failed, 239 passed in 3.20s',
  ],
  [
    'cargo',
    (n) => `test part_${n}::works ... ok`,
    "thread 'math::adds' panicked at src/math#.rs:7:9:",
    'test result: FAILED. 239 passed; 1 failed',
  ],
  ['go test', (n) => `--- PASS: TestPart${n} (0.0${n % 9}s)`, '    math#_test.go:7: Add(1, 1) = 3, want 2', 'FAIL'],
  [
    'tsc',
    (n) => `TSFILE: /project/dist/part-${n}.js`,
    "src/math#.ts(7,5): error TS2322: Type 'string' is not assignable to type 'number'.",
    'Found 1 error.',
  ],
  [
    'make -j',
    (n) => `cc -O2 -c -o part-${n}.o part-${n}.c`,
    'math#.c:7:5: error: expected expression before ‘}’ token',
    'make: *** Waiting for unfinished jobs....',
  ],
  ['npm 6', (n) => `> part-${n}@1.0.0 build`, 'npm ERR! code #', 'npm ERR! A complete log of this run is in: /log'],
  ['npm 11', (n) => `> part-${n}@1.0.0 build`, 'npm error code #', 'npm error A complete log of this run is in: /log'],
  ['npm and its lifecycle', (n) => `part ${n} is built`, 'npm ERR! code ELIFECYCLE#', 'see above'],
  ['a script', (n) => `order ${n} was imported`, 'order # failed: the column total is missing', 'done'],
  ['words that nobody knows', (n) => `row ${n}: ok`, 'row #: the total is 3 instead of 4', 'see above'],
];

describe.each(KINDS)('%s', (_, well, failure, end) => {
  test.each<[where: string, lines: number, at: readonly number[]]>([
    ['at the top', 240, [1]],
    ['in the middle', 240, [121]],
    ['before the end', 240, [239]],
    ['twice, far apart', 240, [5, 230]],
    ['in the middle of ten thousand lines', 10_000, [5_000]],
    ['twice in ten thousand lines', 10_000, [3, 9_000]],
  ])('%s: the lines of the failure are told with their place', (_where, count, at) => {
    const lines = Array.from({ length: count }, (_line, i) => well(i + 1));
    for (const n of at) lines[n - 1] = failure.replace('#', String(n));
    lines.push(end);
    const { text, line, lines: total } = decisiveExcerpt(lines.join('\n'));
    expect([line, total]).toEqual([at[0], count + 1]);
    for (const n of at) expect(numbered(text).get(n)).toBe(lines[n - 1]);
    for (const [n, shown] of numbered(text)) expect(shown).toBe(lines[n - 1]);
    expect(text.split('\n').at(-1)).toBe(end);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1_400);
  });
});

test('without a line that names the failure the last ones are told, and no place', () => {
  const lines = Array.from({ length: 240 }, (_, i) => `file ${i} was looked at`);
  const { text, line } = decisiveExcerpt(lines.join('\n'));
  expect(line).toBeUndefined();
  expect(text).toMatch(/^\[lines 1-2\d\d left out\]\nfile/);
  expect(text.endsWith('\nfile 239 was looked at')).toBe(true);
});

test('of lines that were not read the numbers are unknown, and the place with them', () => {
  const lines = Array.from({ length: 240 }, (_, i) => (i === 120 ? 'TypeError: no' : `file ${i} was looked at`));
  const { text, ...place } = decisiveExcerpt(lines.join('\n'), { firstLine: 'unknown' });
  expect(text).toMatch(/^TypeError: no\n.*\n\[\d+ lines left out\]\n/s);
  expect(place).toEqual({});
});

test('a text that begins further down has the numbers of the whole', () => {
  const lines = Array.from({ length: 240 }, (_, i) => (i === 120 ? 'TypeError: no' : `file ${i} was looked at`));
  const { text, line } = decisiveExcerpt(lines.join('\n'), { firstLine: 1_001 });
  expect([text.split('\n')[0], line]).toEqual(['[lines 1-1120 left out]', 1_121]);
});

test('an excerpt that is made shorter keeps the numbers', () => {
  const lines = Array.from({ length: 240 }, (_, i) =>
    i === 120 ? 'TypeError: no' : `${i % 7} file ${i} was looked at`,
  );
  lines.splice(200, 20, ...Array.from({ length: 20 }, () => 'waiting'));
  for (const firstLine of [1, 500]) {
    const once = decisiveLines(lines.join('\n'), { firstLine });
    const twice = decisiveLines(once, { maxBytes: 500, isExcerpt: true });
    expect(Buffer.byteLength(twice)).toBeLessThanOrEqual(500);
    expect(numbered(twice).get(firstLine + 120)).toBe('TypeError: no');
    for (const [n, shown] of numbered(twice)) if (!shown.startsWith('[')) expect(shown).toBe(lines[n - firstLine]);
    expect(decisiveLines(twice, { isExcerpt: true })).toBe(twice);
  }
});

/** The lines of an excerpt by their numbers, as its marks tell them. */
function numbered(text: string): Map<number, string> {
  const found = new Map<number, string>();
  let next = 1;
  for (const line of text.split('\n')) {
    const [, first, last = first] = /^\[lines? (\d+)(?:-(\d+))? left out\]$/.exec(line) ?? [];
    const [, similar = '1'] = /^\[(\d+) similar lines left out\]$/.exec(line) ?? [];
    if (last === undefined) found.set(next, line);
    next = last === undefined ? next + Number(similar) : Number(last) + 1;
  }
  return found;
}

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decisiveLines } from './decisive-lines.ts';

const summary = Array.from({ length: 60 }, (_, i) => `file ${String.fromCharCode(97 + (i % 26))}${i} was looked at`);

describe('an error with sixty lines of summary behind it is told', () => {
  test.each<string>([
    'ValueError: the amount is not a number',
    'requests.exceptions.ConnectionError: no route',
    'subprocess.TimeoutExpired: Command timed out',
    'E       assert 41 == 42',
    'AssertionError [ERR_ASSERTION]: 9 == 10',
    'TypeError: x is not a function',
    "src/a.ts(3,5): error TS2322: Type 'string' is not assignable to type 'number'.",
    'src/a.ts:3:5 - error TS2322: no',
    'a.c:3:5: fatal error: none.h: No such file or directory',
    'error[E0382]: borrow of moved value: `v`',
    '/usr/bin/ld: cannot find -lnone: No such file or directory',
    'panic: runtime error: integer divide by zero',
    'fatal error: all goroutines are asleep - deadlock!',
    "thread 'main' panicked at src/main.rs:4:21:",
    'Exception in thread "main" java.lang.NullPointerException',
    'Caused by: java.io.IOException: broken pipe',
    '[ERROR] Failed to execute goal',
    'npm error 404 Not Found - GET https://registry.example/x',
    'npm ERR! missing script: biuld',
    'make: *** [Makefile:5: all] Error 2',
    'curl: (6) Could not resolve host: none.example',
    'bash: line 1: jq: command not found',
    'fatal: not a git repository',
    'Error: listen EADDRINUSE: address already in use :::8080',
    'CMake Error at CMakeLists.txt:3 (find_package):',
    'psql: error: connection to server failed',
    '2026-11-29T10:00:00Z ERROR worker: no such table: users',
    '    main_test.go:7: at(1) = 2, want 3',
    ' FAIL  src/math.test.ts > adds',
    'FAILED tests/test_a.py::test_x',
    'not ok 3 - adds two numbers',
    'Segmentation fault (core dumped)',
    'the upload was refused by the server',
  ])('%s', (line) => {
    const told = decisiveLines(['begin', ...summary, line, ...summary].join('\n'), { maxBytes: 1_000 });
    expect(told.split('\n')).toContain(line);
    expect(told).toContain(summary.at(-1));
    expect(told).toMatch(/\n\[lines 6\d-\d+ left out\]/);
    expect(Buffer.byteLength(told)).toBeLessThanOrEqual(1_000);
  });
});

test.each<string>([
  '✓ handles errors',
  'ok 4 - fails when denied',
  'test_error PASSED, 0 errors',
  'DeprecationWarning: error() is deprecated',
  'a.c:3:5: warning: unused variable',
  '0 failed, 12 passed',
])('%s is not taken for the error', (line) => {
  const text = ['begin', line, ...summary, 'TypeError: no', ...summary].join('\n');
  expect(decisiveLines(text).split('\n')).not.toContain(line);
});

test('of many errors the last and the first ones are told', () => {
  const errors = Array.from({ length: 100 }, (_, i) => `a.c:${i}:1: error: number ${i} is wrong`);
  const told = decisiveLines([...errors, ...summary].join('\n'));
  for (const n of [0, 1, 98, 99]) expect(told).toContain(`number ${n} is wrong`);
});

test('the message of a panic stands behind its place', () => {
  const text = ["thread 'main' panicked at src/main.rs:2:5:", 'the file is empty', ...summary].join('\n');
  expect(decisiveLines(text)).toContain('panicked at src/main.rs:2:5:\nthe file is empty');
});

describe('progress that repeats is one line', () => {
  const many = (line: (n: number) => string): string => Array.from({ length: 90 }, (_, n) => line(n)).join('\n');
  test.each<[what: string, text: string, last: string]>([
    ['a percentage', many((n) => `downloading ${n} %`), 'downloading 89 %'],
    ['a bar', many((n) => `[${'='.repeat(n % 20)}>] ${n}/90`), '[=========>] 89/90'],
    ['a layer', many((n) => `a1b2c3d4e${n}: Downloading ${n}MB/90MB`), 'a1b2c3d4e89: Downloading 89MB/90MB'],
    ['the same line', many(() => 'waiting for the database'), 'waiting for the database'],
    ['an epoch', many((n) => `epoch ${n}/90 loss 0.${n}`), 'epoch 89/90 loss 0.89'],
  ])('%s', (_, text, last) => {
    expect(decisiveLines(`begin\n${text}\nfailed: no`)).toBe(`begin\n[89 similar lines left out]\n${last}\nfailed: no`);
  });

  test('but numbers that are compared are not', () => {
    const diff = ['- 1', '- 2', '- 3', '- 4', '+ 1', '+ 2', '+ 3', '+ 5'].join('\n');
    expect(decisiveLines(diff)).toBe(diff);
  });
});

describe('a long line is cut in its middle', () => {
  test.each<[what: string, text: string, told: RegExp]>([
    ['alone', `ValueError: ${'A'.repeat(20_000)}`, /^ValueError: A+…\[\d+ characters left out\]…A+$/],
    [
      'with others',
      `one\nValueError: ${'A'.repeat(5_000)}\ntwo`,
      /^one\nValueError: A+…\[\d+ characters left out\]…A+\ntwo$/,
    ],
    [
      'as JSON',
      `{"error":"no","rows":[${'1,'.repeat(9_000)}1]}`,
      /^\{"error":"no".*…\[\d+ characters left out\]….*1\]\}$/,
    ],
    ['of wide letters', '語'.repeat(9_000), /^語+…\[\d+ characters left out\]…語+$/],
    ['of emoji', '🙂'.repeat(9_000), /^(?:🙂)+…\[\d+ characters left out\]…(?:🙂)+$/u],
  ])('%s', (_, text, told) => {
    expect(decisiveLines(text)).toMatch(told);
  });
});

test('nothing is told only if there is no text, and never more than fits', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'binary', maxLength: 300 }), { maxLength: 60 }),
      fc.integer({ min: 100, max: 3_000 }),
      (lines, maxBytes) => {
        const text = lines.join('\n');
        const told = decisiveLines(text, { maxBytes });
        expect(told === '').toBe(text.trim() === '');
        expect(Buffer.byteLength(told)).toBeLessThanOrEqual(maxBytes);
        expect(told.split('\n').length).toBeLessThanOrEqual(40);
      },
    ),
    { numRuns: 60 },
  );
});

import { expect, test } from 'vitest';
import { redact, redactArgv } from './redact.ts';

test.each<[what: string, text: string, shown: string]>([
  ['the password of a URL', 'postgres://ann:hunter2@db:5432/x', 'postgres://***@db:5432/x'],
  ['a user without a password, who may be a token', 'https://ghp_0123456789@host/', 'https://***@host/'],
  ['a token in a query', 'http://h/?a=1&access_token=abc123&b=2', 'http://h/?a=1&access_token=***&b=2'],
  ['a ClickHouse password in a query', 'http://h/?user=ann&password=x', 'http://h/?user=***&password=***'],
  ['one at the end of a URL', 'http://h/?token=x: refused', 'http://h/?token=***: refused'],
  ['a signed URL', 'http://h/?X-Amz-Signature=ab12&sig=3', 'http://h/?X-Amz-Signature=***&sig=***'],
  ['a header', 'Authorization: Bearer abcdef.ghi', 'Authorization: Bearer ***'],
  ['an argument of a command', 'serve --api-key k1 --port 80 --token=t2', 'serve --api-key *** --port 80 --token=***'],
  ['the value of a variable that is named so', 'it said swordfish', 'it said $DB_PASSWORD'],
  ['the same, encoded', 'it said a%20%26%20b%20%26%20c', 'it said $API_TOKEN'],
  ['the longer of two secrets first', 'swordfish-of-the-sea', '$DB_PASSWORD_OLD'],
])('hidden is %s', (_what, text, shown) => {
  expect(redact(text, ENV)).toBe(shown);
});

test.each([
  'http://127.0.0.1:8123/?query=SELECT+1',
  '200 OK in 3 ms',
  '#!/old/path/.venv/bin/python3',
  'port 80 is held by python3 -m http.server --bind 0.0.0.0 (pid 7)',
])('shown is %s', (text) => {
  expect(redact(text, ENV)).toBe(text);
});

test('a command stays what it is, word for word, but for secrets', () => {
  const plain = ['sh', '-c', 'a\n  b', '', 'x'.repeat(1_000), 'pip', 'install', '--user', 'x'];
  expect(redactArgv(plain, ENV)).toEqual(plain);
  expect(redactArgv(['curl', '-H', 'Authorization: Bearer swordfish', '--api-token', 'abc', '-s'], ENV)).toEqual([
    'curl',
    '-H',
    'Authorization: Bearer $DB_PASSWORD',
    '--api-token',
    '***',
    '-s',
  ]);
});

test('it is one short line without control characters', () => {
  expect(redact('a\n\u001b[2Jb\u2028c', {})).toBe('a [2Jb c');
  expect(redact('x'.repeat(1_000), {})).toHaveLength(300);
});

test('a megabyte takes no longer than a line', () => {
  const before = process.cpuUsage();
  for (const text of ['a', 'a:', 'http://', '?token=', '--a ', '\n']) redact(text.repeat(1_000_000 / text.length), ENV);
  expect(process.cpuUsage(before).user).toBeLessThan(5_000_000); // of the CPU, µs: whoever else works does not add to it
});

const ENV = {
  DB_PASSWORD: 'swordfish',
  DB_PASSWORD_OLD: 'swordfish-of-the-sea',
  API_TOKEN: 'a & b & c',
  KEY: '1',
  HOME: '/old/path',
  PWD: '/old/path',
  GIT_AUTHOR_NAME: 'python3',
  EMPTY_SECRET: '',
  UNSET_SECRET: undefined,
};

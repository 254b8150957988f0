import { expect, test } from 'vitest';
import { parseEngineUrl, withoutPassword, withoutSecrets } from './address.ts';
import { EngineError } from './engine-error.ts';

test.each([
  ['redis://queue.internal:6379', 'redis', 'redis://queue.internal:6379', []],
  ['rediss://:geheim@queue.internal:6380/2', 'redis', 'rediss://queue.internal:6380/2', ['geheim']],
  ['redis://ci:p%40ss%2Fw@h', 'redis', 'redis://ci@h', ['p%40ss%2Fw', 'p@ss/w']],
  ['postgres://pm:geheim@h/db?sslmode=require', 'postgres', 'postgres://pm@h/db?sslmode=require', ['geheim']],
  ['postgresql://pm@h/db?password=geheim', 'postgres', 'postgresql://pm@h/db', ['geheim']],
  ['redis://[::1]:6379?password=geheim&family=6', 'redis', 'redis://[::1]:6379?family=6', ['geheim']],
])('%s', (text, kind, shown, secrets) => {
  expect(parseEngineUrl(text)).toEqual({ kind, url: text, shown, secrets });
});

test.each([
  'redis:',
  'http://:geheim@h',
  'redis://:ge#heim@h:6379',
  'postgres://pm:ge/heim@h:x/db',
  'geheim',
  '',
  '//pm:geheim@h',
  'pm:geheim@queue.internal:6379',
  ':geheim@h',
  'redis:/:geheim@h',
  'redis:pm:geheim@h',
  'redis://pm:100%geheim@h',
])('%j is refused, without its password', (text) => {
  const error = catchError(() => parseEngineUrl(text));
  expect(error).toBeInstanceOf(EngineError);
  expect(error).toMatchObject({ problem: 'bad-url' });
  if (text !== 'geheim') expect(String(error)).not.toContain('heim');
});

test('a text of others loses the password in each form', () => {
  const address = parseEngineUrl('redis://ci:p%40ss@h');
  expect(withoutSecrets('AUTH ci p@ss failed (p%40ss)', address)).toBe('AUTH ci … failed (…)');
  expect(withoutPassword('redis://ci:p%40ss@h')).toBe('redis://ci@h');
});

function catchError(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return error;
  }
}

import { expect, test } from 'vitest';
import { decodeRequest, encodeRequest, type RemoteCall } from './request.ts';

const CALL: RemoteCall = {
  argv: ['run', '--', 'echo', "a'b", '\n', '日本', '$HOME', '\\', ''],
  directory: '/srv/"x"',
  invocation: 'pm --host gpu',
  token: '@pm-1',
  input: 'none',
  id: '0'.repeat(32),
  from: { out: 0, err: 7 },
  terminal: { out: 120 },
};

test('a call arrives as it was, in a word that every shell leaves alone', () => {
  const word = encodeRequest(CALL);
  expect(word).toMatch(/^[\w-]+$/);
  expect(decodeRequest(word)).toEqual(CALL);
});

test.each<[what: string, word: string | undefined]>([
  ['nothing', undefined],
  ['a word', 'train'],
  ['null', Buffer.from('null').toString('base64url')],
  ['an id that is a path', encodeRequest({ ...CALL, id: '../../x' })],
  ['words that are none', encodeRequest({ ...CALL, argv: [1] as never })],
  ['no offsets', encodeRequest({ ...CALL, from: undefined as never })],
  ['another signal', encodeRequest({ signal: 'SIGKILL' as never, id: CALL.id as string })],
  ['a signal for nobody', encodeRequest({ signal: 'SIGINT' } as never)],
])('%s is refused', (_what, word) => {
  expect(() => decodeRequest(word)).toThrow('--over-ssh');
});

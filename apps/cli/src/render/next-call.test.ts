import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { quote } from '../text/shell-words.ts';
import { nextCall } from './next-call.ts';

describe('nextCall', () => {
  test.each<[expected: string, operation: string, input: Record<string, unknown>]>([
    ['pm wait', 'wait', {}],
    ['pm wait train', 'wait', { steps: ['train'] }],
    ['pm wait a b --budget 9m', 'wait', { budget: '9m', steps: ['a', 'b'] }],
    ['pm logs train --tail 200', 'logs', { step: 'train', tail: 200 }],
    ['pm logs train --follow', 'logs', { step: 'train', follow: true }],
    ["pm logs train --grep 'a b|c'", 'logs', { step: 'train', grep: 'a b|c' }],
    ['pm logs train --grep=-x', 'logs', { step: 'train', grep: '-x' }],
    [
      'pm start train --timeout none --no-split -- x -v',
      'start',
      { step: 'train', timeout: null, split: false, command: ['x', '-v'] },
    ],
    [
      "pm start --quiet-after 5m -- sh -c 'make && echo '\\''done'\\'''",
      'start',
      { quietAfter: '5m', command: ['sh', '-c', "make && echo 'done'"] },
    ],
    ['pm extend train +30m', 'extend', { limit: '+30m', step: 'train' }],
    ['pm unknown --step train --limit 2h', 'unknown', { step: 'train', limit: '2h' }],
    ['pm wait train', 'wait', { steps: ['train'], dir: undefined }],
  ])('%s', (expected, operation, input) => {
    expect(nextCall({ operation, input }, 'pm')).toBe(expected);
  });

  test('it is written the way this program was called', () => {
    expect(nextCall({ operation: 'ls', input: {} }, 'node /x/main.js')).toBe('node /x/main.js ls');
  });

  test('no escape sequence of a command gets through', () => {
    expect(nextCall({ operation: 'start', input: { command: ['\u001b[2Jx'] } }, 'pm')).toBe('pm start -- x');
  });
});

test.each([
  '',
  'plain',
  'a b',
  "it's",
  '$HOME',
  '`id`',
  '~',
  '~/x',
  '*',
  'a=b',
  '#c',
  '!x',
  'a\nb',
  'ü',
  '--x=1',
  '"',
  '\\',
])('a shell gives back %j as it was', (word) => {
  expect(execFileSync('sh', ['-c', `printf %s ${quote(word)}`], { encoding: 'utf8' })).toBe(word);
});

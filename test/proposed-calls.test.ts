import { describe, expect, test } from 'vitest';
import { callsIn, faultOfNext, faultsIn } from './proposals/proposed-call.ts';
import { filesOfRepository } from './repository.ts';

// What is printed after `next:` is copied. These tests read it where it is written: no test has to make the program say it. The calls that
// the command line corrects are made from the caller's words: apps/cli/test/proposed-calls.test.ts runs them.

const sources = filesOfRepository(/^packages\/[^/]+\/src\/.*\.ts$/).filter(
  ({ path }) => !path.endsWith('.test.ts') && !path.startsWith('packages/testing/'),
);

test.each(sources.map(({ path, text }) => [path, textsIn(text)] as const).filter(([, texts]) => texts.length > 0))(
  'every call in a text of %s is one that pm understands',
  async (_, texts) => {
    expect((await Promise.all(texts.map(faultsIn))).flat()).toEqual([]);
  },
);

describe('the calls of a sentence', () => {
  test.each<[sentence: string, calls: readonly (readonly string[])[]]>([
    ['pm ls', [['pm', 'ls']]],
    ["pm start a -- echo 'x; (y)'; or add it (pm init writes one)", [['pm', 'start', 'a', '--', 'echo', 'x; (y)']]],
    ['To stop it: pm stop a --dir /x', [['pm', 'stop', 'a', '--dir', '/x']]],
    ['Four more. `pm ls --limit 12` lists all.', [['pm', 'ls', '--limit', '12']]],
    ["pm stop a --reason 'it'\\''s old'", [['pm', 'stop', 'a', '--reason', "it's old"]]],
    ['Add --wait, or use --budget with pm wait.', []],
  ])('%s', (sentence, calls) => {
    expect(callsIn(sentence)).toEqual(calls);
  });
});

describe('a call that does not work is found', () => {
  test.each([
    'pm wiat a',
    'pm logs a b',
    'Then: pm wait a --budget 5',
    'Use `pm ls --bogus` instead.',
    'Try pm ls --limit 5 to see them.', // not marked as a call: nobody could tell where it ends
    'pm start true x',
  ])('%s', async (sentence) => {
    expect(await faultsIn(sentence)).toHaveLength(1);
  });

  test.each<[operation: string, input: Readonly<Record<string, unknown>>]>([
    ['wiat', { steps: ['a'] }],
    ['logs', { steps: ['a'] }],
    ['wait', { steps: ['a'], budget: 5 }],
    ['status', {}],
    ['extend', { step: 'a' }],
    ['start', { step: 'a', command: [] }],
  ])('%s %j', async (operation, input) => {
    expect(await faultOfNext({ operation, input })).toEqual(expect.any(String));
  });
});

/** The texts of a source that name a call, each value in them replaced by a word. A `pm stop` that signs a record is none. */
function textsIn(source: string): string[] {
  const code = source.replace(/^\s*(?:\/\*\*|\*|\/\/).*$/gm, '').replace(/\$\{process\.pid\}/g, '@pid');
  let plain = code;
  for (let before = ''; before !== plain; ) {
    before = plain;
    plain = plain.replace(/\$\{[^{}]*\}/g, 'x');
  }
  return [...plain.matchAll(/'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g)]
    .map(([, single, double, template]) => (single ?? double ?? template ?? '').replace(/\\(.)/g, '$1'))
    .map((text) =>
      text
        .replace('pm breaker x', 'pm breaker status')
        .replace('--limit x', '--limit 9')
        .replace('--port x', '--port 9'),
    )
    .filter((text) => /\bpm [a-z]/.test(text) && !text.startsWith('<!--') && !/^pm [a-z]+( @pid)?$/.test(text));
}

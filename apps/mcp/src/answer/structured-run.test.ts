import type { RunView } from '@pm/operations';
import { expect, test } from 'vitest';
import { jsonBytes, shorten } from './shorten.ts';
import { structuredRun } from './structured-run.ts';

const ended: RunView = {
  step: 'train',
  id: '20261124T141919226Z-2ffpy3c9m8',
  state: 'ended',
  outcome: 'failed',
  reason: 'exit-nonzero',
  advice: 'fix',
  exitCode: 1,
  evidence: 'exit 1',
  startedAt: 1,
  elapsedMs: 2,
};

test('what is not known is left out', () => expect(Object.values(structuredRun(ended))).not.toContain(undefined));

test.each<[what: string, tail: string, kept: RegExp | undefined]>([
  ['short output is kept', 'one\ntwo', /^one\ntwo$/],
  [
    'of long output the end is kept',
    `${'one\ntwo\n'.repeat(200)}last`,
    /^\[lines 1-\d+ left out\]\n(?:one\n)?(?:two\none\n)+two\nlast$/,
  ],
  ['of one long line, too', `${'é"'.repeat(1_000)}last`, /"last$/],
  ['what JSON makes longer is counted as JSON', '"\\'.repeat(1_000), /\\$/],
])('%s, within its bytes', (_, tail, kept) => {
  const facts = shorten(structuredRun({ ...ended, tail }), 900);
  expect(jsonBytes(facts)).toBeLessThanOrEqual(900);
  expect(facts['untrustedOutput']).toMatch(kept ?? /./);
});

test('survivors are named, a few of them, and the others are counted', () => {
  const survivors = Array.from({ length: 9 }, (_, n) => ({
    pid: n + 2,
    startTime: '1',
    bootId: 'b',
    pidNamespace: 'n',
    command: 'sleep',
  }));
  expect(structuredRun({ ...ended, survivors: survivors as never })['survivors']).toEqual([
    '2 sleep',
    '3 sleep',
    '4 sleep',
    '5 sleep',
    '6 sleep',
    'and 4 more',
  ]);
});

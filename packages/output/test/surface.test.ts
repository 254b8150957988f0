import { expect, test } from 'vitest';
import * as source from '../src/index.ts';

const BUILT = new URL('../dist/index.js', import.meta.url);

// A name that appears or disappears here is a change of public API: it needs a changeset.
const NAMES = [
  'PLAIN',
  'cutAround',
  'cutMiddle',
  'decisiveExcerpt',
  'decisiveLines',
  'failureIn',
  'maskedStatus',
  'namesAnError',
  'openLineSearch',
  'openTerminal',
  'plainText',
  'renderTerminal',
  'styledLine',
  'unansweredQuestion',
  'unexpandedWord',
  'wordToGoOn',
];

test('the source exports these names', () => {
  expect(Object.keys(source).sort()).toEqual(NAMES);
});

test('the built file exports the same names (build first)', async () => {
  const built = (await import(BUILT.href)) as object;
  expect(Object.keys(built).sort(), 'dist may be older than the source: build first').toEqual(NAMES);
});

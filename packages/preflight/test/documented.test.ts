import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CHECK_STATES } from '../src/check.ts';
import { BUILT_IN, CommonOptions } from '../src/index.ts';
import { optionNames } from '../src/run/prepare-checks.ts';

const page = readFileSync(new URL('../../../docs/reference/checks.md', import.meta.url), 'utf8');
const [head = '', ...sections] = page.split(/^## /m);

describe('docs/reference/checks.md', () => {
  test('has a section for every check, in the order in which they are listed', () => {
    expect(sections.map((section) => section.split('\n')[0])).toEqual(BUILT_IN.map(({ id }) => id));
  });

  test.each(BUILT_IN.map((check) => [check.id, check] as const))(
    'names the options of %s, and no others',
    (id, check) => {
      expect(namesIn(sections.find((section) => section.startsWith(`${id}\n`)) ?? '')).toEqual(optionNames(check));
    },
  );

  test('names what all have in common, and every state', () => {
    expect(namesIn(head)).toEqual([...CHECK_STATES, ...Object.keys(CommonOptions.shape)]);
  });
});

describe('every check', () => {
  test('has a name of its own, and a title without an end', () => {
    expect(new Set(BUILT_IN.map(({ id }) => id)).size).toBe(BUILT_IN.length);
    for (const { id, title } of BUILT_IN)
      expect([id, title]).toEqual([expect.stringMatching(/^[a-z][a-z-]*$/), expect.not.stringMatching(/\.$/)]);
  });
});

/** The first column of the tables. */
function namesIn(text: string): string[] {
  return [...text.matchAll(/^\| `([^`]+)` +\|/gm)].map(([, name = '']) => name);
}

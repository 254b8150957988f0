import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { filesOfRepository, ROOT } from './repository.ts';

// A reader has this repository and nothing else. A comment that cites a paper they cannot open gives no reason: state it, or link a decision.

/** How papers were cited that are not here. (A seed is also what random numbers grow from: that one is no paper.) */
const CITATIONS: readonly RegExp[] = [
  /\bDESIGN\b/,
  /\blab\s+findings?\b/i,
  /\bresearch(?::|\s+[a-z]?\d)/i,
  /\([^()]*\bD\d{1,2}\b[^()]*\)/,
  /\bthe\s+seed(?:['’]s|:)/i,
  /\b(?:from|in|to|of)\s+the\s+seed(?=[.,;:)]|\s+(?:asks|gives|says|form)\b)/i,
  /\bthe\s+design\s+(?:allow|ask|leave|say)/i,
  /\bHOUSE\.md\b|\bSTYLE\.md\b/,
];

/** Not what earlier versions wrote, and not this file, which has bad examples. */
const texts = filesOfRepository(/\.(?:ts|mjs|cjs|js|sh|grit|md|ya?ml)$/).filter(
  ({ path }) => !/\/test\/data\/|^test\/citations/.test(path),
);

test('no comment and no page cites a paper that is not in the repository', () => {
  expect(texts.flatMap(({ path, text }) => citationsIn(text).map((line) => `${path}:${line}`))).toEqual([]);
});

test('every page that a comment or a page names by its path exists', () => {
  const missing = texts
    .filter(({ path }) => !path.includes('/test/')) // tests make up pages of their own
    .flatMap(({ path, text }) => pagesNamedIn(text).map((page) => `${path}: ${page}`));
  expect(missing).toEqual([]);
});

test('a citation is found by its line, a random seed is none', () => {
  const text =
    '// fine\n// never reused (research b1)\n// (D6)\n// the seed’s form\n// it follows from the seed and the number\n';
  expect(citationsIn(text).map((line) => Number.parseInt(line, 10))).toEqual([2, 3, 4]);
  expect(pagesNamedIn('see docs/reference/gone.md, and contributing/testing.md')).toEqual(['docs/reference/gone.md']);
});

function citationsIn(text: string): string[] {
  return text
    .split('\n')
    .flatMap((line, i) => (CITATIONS.some((one) => one.test(line)) ? [`${i + 1}: ${line.trim()}`] : []));
}

function pagesNamedIn(text: string): string[] {
  const named = text.matchAll(
    /(?<![\w./-])(?:docs|contributing|bench|examples|packages|apps|plugins)\/[\w./-]+\.md\b/g,
  );
  return [...named].map(([page]) => page).filter((page) => !existsSync(join(ROOT, page)));
}

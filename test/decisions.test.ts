import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { filesOfRepository, ROOT } from './repository.ts';

const FOLDER = 'contributing/decisions';
const decisions = filesOfRepository(/^contributing\/decisions\/\d.*\.md$/);
const [index] = filesOfRepository(/^contributing\/decisions\/README\.md$/);

test('the index has one line for each decision', () => {
  const named = [...(index?.text ?? '').matchAll(/\((\d[^)]*\.md)\)/g)].map(([, name]) => name);
  expect(named.sort()).toEqual(decisions.map(({ path }) => basename(path)).sort());
});

test.for(decisions)('$path and the code it explains name each other', ({ path, text }) => {
  const explained = explainedBy(text);
  expect(explained).not.toEqual([]);
  const silent = explained.filter((file) => !textOf(file).includes(path));
  expect(silent).toEqual([]);
});

test.for(decisions)('every file that $path names exists', ({ text }) => {
  expect(missingPaths(text)).toEqual([]);
});

test('every decision that code or a page names exists', () => {
  const wrong = filesOfRepository(/\.(?:ts|mjs|cjs|js|sh|md|ya?ml|json)$/).flatMap(({ path, text }) =>
    [...text.matchAll(/contributing\/decisions\/(\d[\w.-]*\.md)/g)]
      .filter(([, name = '']) => !existsSync(join(ROOT, FOLDER, name)))
      .map(([mention]) => `${path}: ${mention}`),
  );
  expect(wrong).toEqual([]);
});

test('a decision about a file that is gone is found', () => {
  const text =
    'Decided 2026-01-01. Explains `packages/nowhere/src/gone.ts`.\n\nSee [another](2026-01-01-nowhere.md).\n';
  expect(explainedBy(text)).toEqual(['packages/nowhere/src/gone.ts']);
  expect(missingPaths(text)).toEqual(['packages/nowhere/src/gone.ts', `${FOLDER}/2026-01-01-nowhere.md`]);
});

function textOf(file: string): string {
  const path = join(ROOT, file);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

/** The files after `Explains`, up to the end of that sentence. */
function explainedBy(text: string): string[] {
  const [, list = ''] = /Explains ((?:`[^`]+`(?:, | and )?)+)[.;]/.exec(text) ?? [];
  return [...list.matchAll(/`([^`]+)`/g)].map(([, file = '']) => file);
}

/** What is written like a path of this repository, or is a link to another decision, and leads nowhere. */
function missingPaths(text: string): string[] {
  const paths = [...text.matchAll(/`((?:apps|bench|packages|plugins|scripts|test)\/[\w./-]+\.\w+)`/g)].map(
    ([, path = '']) => path,
  );
  const links = [...text.matchAll(/\]\(([^):]+\.md)\)/g)].map(([, name = '']) => join(FOLDER, name));
  return [...paths, ...links].filter((path) => !existsSync(join(ROOT, path)));
}

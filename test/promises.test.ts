import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './repository.ts';

// The table of contributing/testing.md says which tests prove which promise. Every file and every title in it is there.

const OPERATIONS = 'packages/operations/test';
const guide = readFileSync(join(ROOT, 'contributing/testing.md'), 'utf8');
const [, section = ''] = guide.split('## Which test proves which promise');
const rows = [...section.matchAll(/^\| (\S.*?) +\| (`.*?) +\|$/gm)].map(([, promise = '', proof = '']) => ({
  promise,
  proof,
}));

test('the table has a row for each of the twelve promises', () => {
  const promises = readFileSync(join(ROOT, 'docs/explanation/promises.md'), 'utf8');
  const titles = [...promises.matchAll(/^## (\d+\. .*)$/gm)].map(([, title]) => title);
  expect(titles).toHaveLength(12);
  expect(rows.map(({ promise }) => promise).slice(0, 12)).toEqual(titles);
});

test.each(rows)('$promise: the tests that prove it are there', ({ proof }) => {
  const missing: string[] = [];
  let folder = OPERATIONS;
  let text = '';
  for (const [, name, title] of proof.matchAll(/`([^`]+)`|_([^_]+)_/g)) {
    if (name !== undefined) {
      if (/[ *]|^[a-z]+[A-Z]/.test(name)) continue; // a command, a whole folder, a function
      // A name alone is a neighbour of the file before it, or a file of operations.
      const file = [`${folder}/${name}`, `${OPERATIONS}/${name}`, name]
        .map((path) => join(ROOT, `${path}.test.ts`))
        .find(existsSync);
      if (file === undefined) missing.push(name);
      else {
        folder = dirname(file).slice(ROOT.length);
        text = readFileSync(file, 'utf8');
      }
    } else if (!(title ?? '').split('…').every((part) => text.includes(part.trim()))) missing.push(String(title));
  }
  expect(missing).toEqual([]);
});

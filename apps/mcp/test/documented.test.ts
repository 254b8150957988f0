import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { TOOLS } from '../src/tools/tools.ts';

const text = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

test.each(['../README.md', '../../../docs/reference/mcp.md'])('%s names every tool', (page) => {
  const named = Object.keys(TOOLS).filter((name) => text(page).includes(name));
  expect(named).toEqual(Object.keys(TOOLS));
});

test('no page starts the server by a name that a registry would be asked for', () => {
  for (const page of ['../README.md', '../../../docs/reference/mcp.md'])
    expect(text(page)).not.toMatch(/npx (-y )?@?pm/);
});

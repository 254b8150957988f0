import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { decisiveLines, namesAnError, renderTerminal } from '../src/index.ts';

// Outputs of real tools, each of a failure, and beside each the lines that a person would quote of it. How they were made: corpus/README.md

const CORPUS = new URL('corpus/', import.meta.url);
const names = readdirSync(CORPUS).flatMap((file) => (file.endsWith('.log') ? [file.slice(0, -'.log'.length)] : []));

test.each(names)('of %s the lines are told that a person would quote', (name) => {
  const told = decisiveLines(renderTerminal(read(`${name}.log`)));
  const lines = told.split('\n');
  for (const quoted of read(`${name}.quoted`).trimEnd().split('\n'))
    expect(
      lines.some((line) => line.includes(quoted)),
      `${quoted}\n--- is not in:\n${told}`,
    ).toBe(true);
  expect(lines.length).toBeLessThanOrEqual(40);
  expect(Buffer.byteLength(told)).toBeLessThanOrEqual(1_400);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  expect(told).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
});

test('nearly all of them name an error in a way that is known', () => {
  const unknown = names.filter((name) => !namesAnError(renderTerminal(read(`${name}.log`))));
  expect(unknown).toEqual(['docker', 'perl', 'tqdm-shards']);
});

function read(name: string): string {
  return readFileSync(new URL(name, CORPUS), 'utf8');
}

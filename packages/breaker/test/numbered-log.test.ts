import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { append, appendAt, deleteBefore } from '../src/log/numbered-log.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pm-numbers-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a number is given once, and the one after the highest is next', () => {
  expect([append(folder, {}), append(folder, {}), append(folder, {})]).toEqual([1, 2, 3]);
  expect(appendAt(folder, 3, {})).toBe(false);
  expect(appendAt(folder, 4, {})).toBe(true);
  expect(append(folder, {})).toBe(5);
});

test('a number that is forgotten is never given again, and the highest is not forgotten', () => {
  for (let i = 0; i < 5; i++) append(folder, {});
  deleteBefore(folder, 5);
  expect(readdirSync(folder)).toEqual(['5']);
  expect(append(folder, {})).toBe(6);
});

// Who was stopped between looking for a number and taking it finds it free, and the one before it gone as well.
test('a number whose neighbour is gone is not taken', () => {
  expect(appendAt(folder, 4, {})).toBe(false);
  expect(readdirSync(folder)).toEqual([]);
  append(folder, {});
  expect(appendAt(folder, 3, {})).toBe(false);
  expect(append(folder, {})).toBe(2);
});

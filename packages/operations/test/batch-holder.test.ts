import { mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { followHolder } from '../src/batch/batch-folder.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pm-holder-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('of two processes that saw the same holder, one follows it', () => {
  expect(followHolder(folder, 0)).toBe(true);
  expect(followHolder(folder, 0)).toBe(false);
  expect(readdirSync(folder)).toEqual(['holder.1']);
});

test('a process does not follow that was suspended while others came and went', () => {
  expect(followHolder(folder, 0)).toBe(true);
  renameSync(join(folder, 'holder.1'), join(folder, 'holder.3'));
  expect(followHolder(folder, 0)).toBe(false);
  expect(readdirSync(folder)).toEqual(['holder.3']);
});

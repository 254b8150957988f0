import { chmodSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { ownSecret } from '../src/access/own-secret.ts';
import { test } from './stage.ts';
import { canMount, fill, makeRoom, withTinyDisk } from './tiny-disk.ts';

test('a secret is made once, for its user alone', ({ stage }) => {
  const file = join(stage.folder, 'state/key');
  const secret = ownSecret(file);
  expect(secret).toMatch(/^[\w-]{43}$/);
  expect(ownSecret(file)).toBe(secret);
  expect(readdirSync(join(stage.folder, 'state'))).toEqual(['key']);
  chmodSync(file, 0o644);
  expect(() => ownSecret(file)).toThrow(/can be read by other users/);
  chmodSync(file, 0o600);
  writeFileSync(file, '');
  expect(() => ownSecret(file)).toThrow(expect.objectContaining({ code: 'directory-unusable' }));
});

describe.skipIf(!canMount())('on a full disk (needs root)', () => {
  test('no half of a secret is left behind, which would be in the way for ever', async ({ stage }) => {
    await withTinyDisk(stage, async () => {
      const file = join(stage.dir, 'key');
      fill(stage);
      expect(() => ownSecret(file)).toThrow(`The disk of ${stage.dir} is full.`);
      expect(existsSync(file)).toBe(false);
      makeRoom(stage);
      expect(ownSecret(file)).toBe(ownSecret(file));
    });
  });
});

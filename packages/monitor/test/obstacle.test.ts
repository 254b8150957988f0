import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runPaths } from '@pm/protocol';
import { describe, expect, test } from 'vitest';
import { findObstacle } from '../src/look/obstacle.ts';

/** Makes a file system at a place, and refuses all writes to it. `break` runs when the records are there. */
interface Disk {
  readonly make: string;
  readonly break: string;
}

/** `$1` is the place, `$2` the file of an image. */
const DISKS: Readonly<Record<string, Disk>> = {
  'remounted read-only': { make: 'mount -t tmpfs tmpfs "$1"', break: 'mount -o remount,ro "$1"' },
  'covered by a read-only bind mount': {
    make: 'mount -t tmpfs tmpfs "$1"',
    break: 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1"',
  },
  // access(2) goes on to say that it can be written to.
  'ext4 that refuses writes after an error': {
    make: 'mkfs.ext4 -q -F "$2" && mount -o loop,errors=remount-ro "$2" "$1"',
    break: 'echo 1 > /sys/fs/ext4/$(basename "$(findmnt -no SOURCE "$1")")/trigger_fs_error',
  },
};

describe.each(Object.entries(DISKS))('a file system that is %s', (_, disk) => {
  test.skipIf(!canBe(disk))('is told as read-only, whether or not the exit was opened before', () => {
    on(disk, (dir, breakIt) => {
      const paths = runPaths(dir, 'x');
      mkdirSync(paths.folder, { recursive: true });
      writeFileSync(paths.run, '');
      expect(findObstacle(dir, paths, false)).toBeUndefined();
      breakIt();
      for (const isOpened of [false, true])
        expect(findObstacle(dir, paths, isOpened)).toEqual({
          attention: 'unwritable',
          what: `the file system of ${dir} is read-only`,
          isCertain: true,
        });
    });
  });
});

test('records that are gone are no obstacle', () => {
  expect(findObstacle('/nowhere', runPaths('/nowhere', 'x'), false)).toBeUndefined();
});

function on(disk: Disk, act: (dir: string, breakIt: () => void) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'pm-obstacle-'));
  const [place, image] = [join(folder, 'disk'), join(folder, 'image')];
  const sh = (script: string): void => {
    execFileSync('sh', ['-ec', script, 'sh', place, image], { stdio: 'ignore' });
  };
  mkdirSync(place);
  writeFileSync(image, '');
  truncateSync(image, 8 * 1_048_576);
  try {
    sh(disk.make);
    act(place, () => sh(disk.break));
  } finally {
    sh('while umount -l "$1"; do :; done; true');
    rmSync(folder, { recursive: true, force: true });
  }
}

function canBe(disk: Disk): boolean {
  if (process.getuid?.() !== 0) return false;
  try {
    on(disk, (_dir, breakIt) => breakIt());
    return true;
  } catch {
    return false;
  }
}

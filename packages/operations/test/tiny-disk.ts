import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { signalIfSame } from '@pm/process';
import type { Stage } from './stage.ts';

/** Whether a disk of its own can be had here. */
export function canMount(): boolean {
  if (process.getuid?.() !== 0) return false;
  try {
    execFileSync('unshare', ['-m', 'mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', '/mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Does something while the stage's directory is a disk of half a megabyte. */
export async function withTinyDisk(stage: Stage, act: () => Promise<void>): Promise<void> {
  mkdirSync(stage.dir);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=512k,mode=700', 'tmpfs', stage.dir]);
  try {
    await act();
  } finally {
    // A wrapper without room stays until it has recorded an exit, wherever its disk has gone.
    for (const identity of stage.alive()) signalIfSame(identity, 'SIGKILL');
    execFileSync('umount', ['-l', stage.dir]);
  }
}

/** Not a byte is left. */
export function fill({ dir }: Stage): void {
  try {
    writeFileSync(join(dir, 'ballast'), Buffer.alloc(1_048_576));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}

export function makeRoom({ dir }: Stage): void {
  rmSync(join(dir, 'ballast'));
}

/** Gives a file a shorter text in its own place, which a full disk allows. */
export function overwrite(file: string, text: string): void {
  writeFileSync(file, text, { flag: 'r+' });
  truncateSync(file, text.length);
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { built } from '@pm/testing';
import { execa } from 'execa';
import { expect, test } from 'vitest';

const MAIN = built(fileURLToPath(new URL('../dist/main.cjs', import.meta.url)));

test('pm --host on a machine without ssh says so', async () => {
  const empty = mkdtempSync(join(tmpdir(), 'pm-no-ssh-'));
  try {
    const { exitCode, stderr } = await execa(process.execPath, [MAIN, '--host', 'gpu', 'ls'], {
      env: { PATH: empty, HOME: empty, XDG_STATE_HOME: empty },
      extendEnv: false,
      reject: false,
    });
    expect(stderr).toContain('ssh is not installed on this machine, or is not on the PATH; nothing was done');
    expect(stderr).not.toContain('unexpected');
    expect(exitCode).toBe(125);
  } finally {
    rmSync(empty, { recursive: true, force: true });
  }
});

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { built } from '@pm/testing';
import { expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('../dist/main.cjs', import.meta.url));

/** What Claude Code writes to the command of a status line, and more than a pipe holds. */
const SESSION = `${JSON.stringify({ model: { display_name: 'M' }, workspace: { current_dir: '/' }, more: 'x'.repeat(300_000) })}\n`;

/** Calls pm with a standard input that is written to and never closed. */
async function pm(dir: string, ...args: string[]): Promise<{ code: number | null; out: string }> {
  const env = { ...process.env, PM_DIR: join(dir, '.pm'), PM_RESIDENT: 'off', XDG_STATE_HOME: join(dir, 'state') };
  const child = spawn(process.execPath, [built(MAIN), ...args], { cwd: dir, env, stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.on('error', () => {}); // nobody has read it
  child.stdin.write(SESSION);
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    out += text;
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, out };
}

test('a status line reads no standard input, prints one line, and nothing if there is nothing to tell', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'pm-oneline-'));
  try {
    expect(await pm(dir, 'ls', '--oneline')).toEqual({ code: 0, out: '' });
    await pm(dir, 'start', 'train', '--stdin', 'open', '--', 'sleep', '300');
    expect(await pm(dir, 'ls', '--oneline')).toEqual({ code: 0, out: '1 running\n' });
    const { out } = await pm(dir, 'ls', '--oneline', '--json');
    expect(JSON.parse(out)).toMatchObject({ runs: [], summary: { running: 1, queued: 0, attention: [], failed: [] } });
    expect((await pm(dir, 'ls', 'train', '--oneline')).code).toBe(125);
  } finally {
    await pm(dir, 'down', '--force');
    rmSync(dir, { recursive: true, force: true, maxRetries: 20 });
  }
});

import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { built } from '@pm/testing';
import { execa } from 'execa';
import { afterAll, describe, expect, test } from 'vitest';

const MAIN = built(fileURLToPath(new URL('../dist/main.cjs', import.meta.url)));
const folder = mkdtempSync(join(tmpdir(), 'pm-pipeline-'));
/** A function of the shell would be a process of its own, with the same standard input. */
const bin = join(folder, 'bin');
mkdirSync(bin);
symlinkSync(MAIN, join(bin, 'pm'));

afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 50 }));

/** Runs lines of bash with `pm` and `late`, which writes a line as soon as pm has answered. */
async function script(lines: string, cue: string): Promise<string> {
  const late = `late() { until [ -e ${cue} ]; do sleep 0.02; done; echo late 2>/dev/null; }\n`;
  const running = execa('bash', ['-c', late + lines], {
    cwd: folder,
    env: { PATH: `${bin}:${dirname(process.execPath)}:${process.env['PATH']}`, PM_DIR: join(folder, '.pm') },
    extendEnv: false,
    reject: false,
    stdin: 'pipe',
  });
  running.stdout.once('data', () => writeFileSync(join(folder, cue), ''));
  const { stdout } = await running;
  return stdout;
}

describe.skipIf(process.platform !== 'linux')('a pipe whose data comes after the start', () => {
  test.each<[what: string, lines: string]>([
    ['a pipeline', 'late | pm run --json -- cat'],
    ['a start in the background', 'late | pm start load --json -- cat'],
    ['a start that waits', 'late | pm start load --json --wait -- cat'],
    ['the end of a longer pipeline', 'late | cat | pm run --json -- cat'],
    ['a process substitution', 'pm run --json -- cat < <(late)'],
    ['a group that writes', '{ late; late; } | pm run --json -- cat'],
  ])('%s: nothing is started', async (what, lines) => {
    const { runs, refusal } = JSON.parse(await script(lines, `cue-${what.replaceAll(' ', '-')}`));
    expect([runs, refusal.kind]).toEqual([[], 'unread-input']);
    expect(refusal.message).toContain('another program writes to');
  });

  test.each<[what: string, lines: string]>([
    ['read by a shell too', 'late | bash -c "pm run --json -- true; exit"'],
    [
      'of a loop that has read its line',
      '{ echo a; late; } | while read -r line; do pm run --json -- true; break; done',
    ],
    ['of the host', 'pm run --json -- true'],
    ['that the parent writes to', 'coproc pm run --json -- true; cat <&$COPROC'],
    ['passed on', 'late | pm run --json --stdin -- true'],
    ['replaced', 'late | pm run --json -- true < /dev/null'],
  ])('%s: it starts', async (what, lines) => {
    const [first = ''] = (await script(lines, `cue-${what.replaceAll(' ', '-')}`)).split('\n');
    expect(JSON.parse(first).runs).toMatchObject([{ outcome: 'success' }]);
  });
});

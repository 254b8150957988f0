import { mkdtempSync, symlinkSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { built } from '@pm/testing';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';

const MAIN = built(fileURLToPath(new URL('../dist/main.cjs', import.meta.url)));
const folder = mkdtempSync(join(tmpdir(), 'pm-proposed-'));

beforeAll(async () => {
  symlinkSync(MAIN, join(folder, 'pm'));
  await pm(['run', 'train', '--', 'echo', 'x']); // the name in the examples of the help
  await pm(['run', 'a', '--', 'echo', 'x']);
});
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 50 })); // a wrapper may still remove files

const env = { PATH: `${folder}:${process.env['PATH']}`, PM_DIR: join(folder, '.pm'), PM_RESIDENT: 'off' };
const options = { cwd: folder, env, reject: false, stdin: 'ignore' } as const;

function pm(argv: readonly string[]) {
  return execa(join(folder, 'pm'), argv, options);
}

/** Calls that are refused or fail. The calls that their answers propose are run as they are written. */
const CALLS: readonly (readonly string[])[] = [
  ['start'],
  ['run'],
  ['start', 'named', 'true', 'x'],
  ['run', 'true', 'x'],
  ['start', 'named2', 'true && true'],
  ['start', '--', 'true && true'],
  ['start', '--wait', '--', 'true', '&&', 'true'],
  ['start', '--', 'true', '>', '/dev/null'],
  ['start', '--', 'true', '2>&1'],
  ['start', '--', 'true', '&'],
  ['start', '--timeout', '2m', '--', 'FOO=1', 'true'],
  ['start', '--', 'cd', '/'],
  ['start', '--', 'named3', '--', 'true'],
  ['run', '--timeout', '2m', '--', 'named4', '--', 'echo', "it's"],
  ['start', '--', 'source', '/dev/null'],
  ['start', '--', '~/pm-no-such-program'],
  ['start', 'd1', '--timeout', '-5s', '--', 'true'],
  ['start', 'd2', '--timeout', '.5m', '--', 'true'],
  ['start', 'd3', '--timeout', '1e3s', '--', 'true'],
  ['start', 'd4', '--timeout', 'inf', '--', 'true'],
  ['start', 'd5', '--log-cap', '10MB', '--', 'true'],
  ['start', 'd6', '--livenes', 'output', '--', 'true'],
  ['start', 'd7', '--liveness', 'outptu', '--', 'true'],
  ['start', 'd8', '--wait=yes', '--', 'true'],
  ['start', '--stale', '1ms', '--', 'true'],
  ['logs', 'a', '--tail', '-5'],
  ['logs', 'a', '--grep', '-x'],
  ['logs', 'a', '--dir', '--follow'],
  ['logs', 'a', 'b'],
  ['status'],
  ['wait', '--budget'],
  ['wait', 'a', '--budget', '5'],
  ['stat', 'a'],
  ['true', 'x'],
  ['--', 'true'],
  ['ls', '--bogus'],
];

test.each(CALLS.map((argv) => [argv.join(' '), argv] as const))('the calls proposed by: pm %s', async (_what, argv) => {
  const { stdout, stderr } = await pm(argv);
  const proposed = [...`${stdout}\n${stderr}`.matchAll(/next: (pm .*?)(?: \([^()]*\))?$/gm)].map(
    ([, line = '']) => line,
  );
  expect(`${stdout}${stderr}`).toContain('next: ');
  for (const line of proposed) {
    const { exitCode, stderr: said } = await execa(line, { ...options, shell: true });
    expect([line, exitCode, said]).not.toEqual([line, 125, said]);
  }
});

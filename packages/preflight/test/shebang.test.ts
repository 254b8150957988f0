import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { saidBy } from './snake.ts';
import { type Stage, test } from './stage.ts';

/** A script whose `#!` and interpreter take this many bytes together. */
function scriptOf(bytes: number, { folder, put }: Stage): string {
  const rest = bytes - '#!'.length - folder.length - '/x//echo'.length;
  mkdirSync(join(folder, 'x', 'y'.repeat(rest)), { recursive: true });
  const interpreter = join(folder, 'x', 'y'.repeat(rest), 'echo');
  symlinkSync('/bin/echo', interpreter);
  return put(`of-${bytes}`, `#!${interpreter}\necho by sh\n`, 0o755);
}

describe('shebang', () => {
  test.for<[what: string, head: string, state: string, evidence: RegExp]>([
    ['its interpreter is there', '#!/bin/sh', 'pass', /job: #!\/bin\/sh$/],
    ['it is no script', '', 'pass', /is not a script$/],
    ['env finds it', '#!/usr/bin/env sh', 'pass', /env sh$/],
    ['env does not', '#!/usr/bin/env no-such-python3', 'fail', /interpreter no-such-python3: .* is not on the PATH$/],
    ['env splits its words', '#!/usr/bin/env -S sh -e', 'pass', /-S sh -e$/],
    ['of the words env splits the first is gone', '#!/usr/bin/env -S no-such-uv run', 'fail', /no-such-uv/],
    ['it has a Windows line end', '#!/bin/sh\r', 'fail', /Windows line ends/],
    ['env has a Windows line end', '#!/usr/bin/env sh\r', 'fail', /Windows line ends/],
    ['it names nobody', '#!', 'fail', /without an interpreter/],
    [
      'it hands itself to one that is gone',
      `#!/bin/sh\n'''exec' "/a b/python" "$0" "$@"\n' '''`,
      'fail',
      /\/a b\/python: .* does not exist$/,
    ],
  ])('%s', async ([, head, state, evidence], { stage }) => {
    stage.put('job', `${head}\n`, 0o755);
    expect(await stage.ask('shebang:./job')).toMatchObject({ state, evidence: expect.stringMatching(evidence) });
  });

  test.skipIf(process.platform !== 'linux')('as much is read as this kernel reads', async ({ stage }) => {
    const [whole, cut] = [scriptOf(255, stage), scriptOf(256, stage)];
    expect([saidBy(whole), saidBy(cut)]).toEqual([whole, 'by sh']);
    expect(await stage.ask(`shebang:${whole}`)).toMatchObject({ state: 'pass' });
    expect(await stage.ask(`shebang:${cut}`)).toMatchObject({
      state: 'fail',
      evidence: expect.stringContaining('has 256 bytes'),
    });
  });

  test('without a command there is nothing to ask', async ({ stage }) => {
    expect(await stage.ask('shebang')).toMatchObject({ state: 'skip' });
    expect(await stage.ask('shebang:no-such-tool')).toMatchObject({
      state: 'fail',
      evidence: 'no-such-tool is not on the PATH',
    });
  });
});

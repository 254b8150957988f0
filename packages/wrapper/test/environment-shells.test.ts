import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { environmentPrefix } from '../src/launch/environment.ts';
import { parseEnvironment } from '../src/launch/raw-environment.ts';
import { SHELLS } from './shells.ts';
import { test } from './stage.ts';

/** Every byte that a value can have. */
const EVERY_BYTE = Buffer.from(Array.from({ length: 255 }, (_, i) => i + 1));

const TABLE: readonly (readonly [what: string, variable: Buffer])[] = [
  ['a dot in the name', Buffer.from('a.b=1')],
  ['a dash in the name', Buffer.from('x-y=2')],
  ['a percent sign in the name', Buffer.from('x%=3')],
  ['an exported bash function', Buffer.from('BASH_FUNC_f%%=() { echo hi; }')],
  ['an empty value', Buffer.from('a.b=')],
  ['newlines in the value', Buffer.from('a.b=one\n\ntwo\n')],
  ['a long value', Buffer.from(`a.b=${'x'.repeat(131_000)}`)],
  ['Latin-1', Buffer.from('RAW=caf\xe9', 'latin1')],
  ['a half character of UTF-8', Buffer.from('RAW=\xe2\x82', 'latin1')],
  ['a surrogate in UTF-8', Buffer.from('RAW=\xed\xa0\x80', 'latin1')],
  ['Shift JIS with a backslash as its second byte', Buffer.from('RAW=\x95\x5c', 'latin1')],
  ['a quote after half a character', Buffer.from('RAW=\xe9\'\xe9"', 'latin1')],
  ['a name of other bytes', Buffer.from('N\xe9=x', 'latin1')],
  ['every byte', Buffer.concat([Buffer.from('RAW='), EVERY_BYTE])],
  ['a real U+FFFD', Buffer.from('REAL=\uFFFD')],
];

describe.each(SHELLS.filter(([, path]) => path !== ''))('%s', (_, shell) => {
  test.for(TABLE)('%s arrives as it was given', ([, variable], { stage }) => {
    const [given] = parseEnvironment(variable);
    if (given === undefined) throw new Error('the table is wrong');
    const file = `${stage.folder}/environment`;
    writeFileSync(file, environmentPrefix({ [given.name]: 'another value' }, [given]) ?? '');
    for (const LC_ALL of ['C', 'C.UTF-8']) {
      const { stdout } = spawnSync(shell, ['-c', '. "$0"; exec "$@"', file, '/bin/cat', '/proc/self/environ'], {
        env: { LC_ALL },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      expect(stdout.toString('latin1').split('\0')).toContain(variable.toString('latin1'));
    }
  });

  test.for([
    ['given', '/some where'],
    ['absent', undefined],
  ] as const)('OLDPWD is as it was %s, and no folder of ours', async ([, OLDPWD], { stage }) => {
    const run = await stage.run(['environment.mjs'], { shell, env: { ...stage.env, OLDPWD } });
    await run.over();
    expect((JSON.parse(run.text('log') ?? '') as { OLDPWD?: string }).OLDPWD).toBe(OLDPWD);
  });
});

import { mkdtempSync, readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { built } from '@pm/testing';
import { execa } from 'execa';
import { afterAll, describe, expect, test } from 'vitest';

const MAIN = built(fileURLToPath(new URL('../dist/main.cjs', import.meta.url)));
const folder = mkdtempSync(join(tmpdir(), 'pm-inherited-'));
const isLinux = process.platform === 'linux';

afterAll(async () => {
  const { stdout } = await script('pm ls --json');
  const live = (JSON.parse(stdout) as { runs: { step: string; state: string }[] }).runs.filter(
    ({ state }) => state !== 'ended',
  );
  if (live.length > 0) await script(`pm stop --force ${live.map(({ step }) => step).join(' ')}`);
  await rm(folder, { recursive: true, force: true, maxRetries: 50 });
});

/** Runs lines of bash in which `pm` is the built program. A resident monitor is started as for a user. */
function script(lines: string, env: Record<string, string> = {}) {
  const pm = `pm() { ${process.execPath} ${MAIN} "$@"; }\n`;
  return execa('bash', ['-c', pm + lines], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', PM_DIR: join(folder, '.pm'), ...env },
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
  });
}

/** What has a file open, by process. */
function holdersOf(path: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return readdirSync(`/proc/${pid}/fd`).some((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === path);
    } catch {
      return false; // no process, or not ours, or the file was closed meanwhile
    }
  });
}

describe.skipIf(!isLinux)('open files of the caller', () => {
  test.each<[what: string, fd: number, lines: (file: string) => string]>([
    ['a low one', 5, (file) => `( pm start low -- sleep 300 ) 5>${file}`],
    ['one that dash cannot close', 12, (file) => `( pm start middle -- sleep 300 ) 12>${file}`],
    ['that of flock', 200, (file) => `( flock -n 200; pm start lock -- sleep 300 ) 200>${file}`],
    ['a very high one', 1_500, (file) => `ulimit -n 2048; ( pm start high -- sleep 300 ) 1500>${file}`],
    ['several links to it', 7, (file) => `( pm start links -- sleep 300 ) 7>${file} 77>&7 177>&7 8<&7`],
    ['with retries', 9, (file) => `( pm start again --retries 3 -- sleep 300 ) 9>${file}`],
    ['of a wait that starts the resident', 201, (file) => `( pm wait low --budget 1ms ) 201>${file}`],
    [
      'of pm run that was killed',
      202,
      (file) =>
        `mkfifo begun; ( ${process.execPath} ${MAIN} run r -- sh -c 'echo; exec sleep 300' > begun & read -r < begun; kill -KILL $! ) 202>${file}`,
    ],
  ])('%s: nobody holds it after the call', async (_, fd, lines) => {
    const file = join(folder, `held-${fd}`);
    await script(lines(file));
    expect(holdersOf(file)).toEqual([]);
  });

  test('a command has 0, 1 and 2 open, and nothing else', async () => {
    const numbers = [...Array(12).keys(), 33, 250].join(' ');
    const list = `for fd in ${numbers}; do [ ! -e /proc/$$/fd/$fd ] || echo $fd; done`;
    await script(`exec 3>x 4>&3 9>&3 10>&3 33>&3 250>&3; pm start seen --wait -- sh -c '${list}'`);
    expect((await script('pm logs seen')).stdout).toBe('0\n1\n2');
  });

  test('a pipe whose end the caller has on a number of its own reaches its end', async () => {
    const { stdout } = await script(`( pm start piped -- sleep 300 > /dev/null; echo done >&5 ) 5>&1 >/dev/null | cat`);
    expect(stdout).toBe('done');
  });
});

describe.skipIf(!isLinux)('the environment', () => {
  const DIRECT = [
    `a.b=1`,
    `x-y=2`,
    `x%=3`,
    `EMPTY=`,
    `NL=$'one\\n\\ntwo\\n'`,
    `'BASH_FUNC_f%%=() { echo hi; }'`,
    `LONG="$(printf '%0130000d' 7)"`,
    `OLDPWD=/somewhere`,
    `SHLVL=7`,
    `_=/usr/bin/env`,
    `PS1='$ '`,
    `IFS=:`,
    `ENV=/nowhere`,
    `LINENO=5`,
    `OPTERR=0`,
    `RAW=$'caf\\xe9'`,
    `HALF=$'\\xe2\\x82'`,
    `$'N\\xe9=x'`,
    `0=zero`,
    `12=twelve`,
    `7.5=x`,
    `REAL=$'\\xef\\xbf\\xbd'`,
  ];

  test.each<[verb: string, call: string]>([
    ['start', 'start env --wait -- cat /proc/self/environ'],
    ['run', 'run env -- cat /proc/self/environ'],
    ['the last attempt', 'start env --wait --retries 1 --backoff 1ms -- cat /proc/self/environ /nowhere'],
  ])('arrives as it was given: %s', async (_, call) => {
    const program = `${process.execPath} ${MAIN}`;
    await script(
      `unset PWD; env -i PATH="$PATH" PM_DIR="$PM_DIR" ${DIRECT.join(' ')} ${program} ${call} > /dev/null
       env -i PATH="$PATH" ${DIRECT.join(' ')} cat /proc/self/environ > expected`,
    );
    const variables = (path: string): string[] =>
      readFileSync(path, 'latin1')
        .split('\0')
        .filter((variable) => !/^(?:PM_|PWD=|PYTHONUNBUFFERED=|cat: |$)/.test(variable))
        .sort();
    expect(variables(join(folder, '.pm/env.log'))).toEqual(variables(join(folder, 'expected')));
  });
});

describe.skipIf(!isLinux)('PWD', () => {
  test.each<[what: string, call: string, pwd: string]>([
    ['is the link by which the caller went there', 'cd by-link', 'by-link'],
    ['is the folder itself for a caller who went there', 'cd real', 'real'],
    ['goes on below a link', 'cd by-link/below', 'by-link/below'],
    ['is not believed if it names another folder', 'cd real; PWD=/tmp', 'real'],
    ['is not believed if it is no plain path', 'cd real; PWD="$PWD/../real/."', 'real'],
    ['is not believed if it is not there', 'cd real; PWD=/nowhere', 'real'],
    ['is absent', 'cd real; unset PWD', 'real'],
  ])('%s', async (_, call, pwd) => {
    const { stdout } = await script(
      `mkdir -p real/below; ln -sfn real by-link; ${call}; pm run pwd -- sh -c 'echo "$PWD"'`,
    );
    expect(stdout).toBe(join(realpathSync(folder), pwd));
  });
});

describe.skipIf(!isLinux)('an argument that is not UTF-8 is refused, with a call that passes it', () => {
  test.each<[what: string, word: string, bytes: string]>([
    ['Latin-1', `$'caf\\xe9.txt'`, 'caf\xe9.txt'],
    ['half a character', `$'\\xe2\\x82'`, '\xe2\x82'],
    ['with quotes, a dollar sign and a backslash', `$'it\\'s \\xff "$HOME" \\\\ %s'`, `it's \xff "$HOME" \\ %s`],
    ['with a dash before it', `$'-\\xe9'`, '-\xe9'],
    ['beside a real U+FFFD', `$'\\xef\\xbf\\xbd\\xe9'`, '\xef\xbf\xbd\xe9'],
    ['with newlines', `$'\\n\\xe9\\nx'`, '\n\xe9\nx'],
    ['with newlines at its end', `$'\\xe9\\n\\n'`, '\xe9\n\n'],
    ['with a newline between bytes and its end', `$'\\xe9\\n\\xff\\n'`, '\xe9\n\xff\n'],
  ])('%s', async (_, word, bytes) => {
    const refused = await script(`pm start bytes --wait -- printf '%s|' 'a b' ${word}`);
    expect(refused.exitCode).toBe(125);
    expect(refused.stderr).toContain('word 4 of the command is not UTF-8');
    const next = refused.stderr.split('pm: next: ')[1] ?? '';
    expect((await script(next)).exitCode).toBe(0);
    expect(readFileSync(join(folder, '.pm/bytes.log'), 'latin1')).toBe(`a b|${bytes}|`);
  });

  test('a real U+FFFD passes unharmed', async () => {
    await script(`pm start real --wait -- printf '%s|' $'\\xef\\xbf\\xbd' $'caf\\xc3\\xa9'`);
    expect(readFileSync(join(folder, '.pm/real.log'), 'utf8')).toBe('\uFFFD|café|');
  });

  test.each<[what: string, lines: string, said: string]>([
    ['an option', `pm start x --cwd $'\\xe9' -- true`, 'argument 4 is not UTF-8: \\xe9'],
    ['the program', `pm start x -- $'./\\xe9'`, 'word 1 of the command is not UTF-8: ./\\xe9'],
    ['PM_DIR', `PM_DIR=$'\\xe9' pm start x -- true`, 'PM_DIR is not UTF-8: \\xe9'],
    [
      'the working directory',
      `mkdir -p $'d\\xe9'; cd $'d\\xe9'; pm start x -- true`,
      'The path of the working directory is not UTF-8',
    ],
    ['the same, for a list', `cd $'d\\xe9'; unset PM_DIR; pm ls`, 'The path of the working directory is not UTF-8'],
  ])('%s: nothing is started', async (_, lines, said) => {
    const { stderr, exitCode } = await script(lines);
    expect([exitCode, stderr]).toEqual([125, expect.stringContaining(said)]);
  });

  test('where --cwd and PM_DIR lead elsewhere, the directory of the caller does not matter', async () => {
    expect((await script(`mkdir -p $'e\\xe9'; cd $'e\\xe9'; pm start y --cwd / --wait -- true`)).exitCode).toBe(0);
  });

  test('a directory with a real U+FFFD in its name is a directory', async () => {
    const { stdout } = await script(`mkdir -p $'\\xef\\xbf\\xbd'; cd $'\\xef\\xbf\\xbd'; pm run z -- pwd`);
    expect(stdout).toContain('/\uFFFD');
  });
});

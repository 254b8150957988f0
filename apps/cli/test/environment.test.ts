import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { built, until } from '@pm/testing';
import { execa } from 'execa';
import { afterAll, describe, expect, test } from 'vitest';

const MAIN = built(fileURLToPath(new URL('../dist/main.cjs', import.meta.url)));
const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'pm-environment-'));
const dir = join(folder, '.pm');
const PIDS = '/sys/fs/cgroup/pids';

afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 50 })); // a wrapper may still remove files

/** A call below another program, with more variables; undefined removes one. */
function pm(argv: readonly string[], { under = [], env = {} }: Surroundings = {}) {
  const [program = process.execPath, ...words] = [...under, process.execPath, MAIN, ...argv];
  return execa(program, words, {
    cwd: folder,
    env: { ...process.env, PM_DIR: dir, PM_RESIDENT: 'off', ...env },
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
  });
}

interface Surroundings {
  readonly under?: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

/** Makes a folder, and is called below a program that goes there and removes it. */
function removed(name: string): string[] {
  mkdirSync(join(folder, name));
  return ['sh', fixture('in-removed.sh'), join(folder, name)];
}

describe.concurrent('a working directory that was removed', () => {
  test.each([
    ['start', ['start', 'a', '--cwd', folder, '--wait', '--', 'true'], 'a success'],
    ['run', ['run', 'b', '--cwd', folder, '--', 'pwd'], folder],
    ['ls', ['ls'], ''],
    ['recover', ['recover'], ''],
  ])('%s works where --cwd and PM_DIR suffice', async (verb, argv, said) => {
    const { exitCode, stdout } = await pm(argv, { under: removed(`gone-${verb}`) });
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining(said)]);
  });

  test.each([
    ['ls without PM_DIR', ['ls'], undefined, '--dir or PM_DIR'],
    ['a relative PM_DIR', ['ls'], '.pm', '--dir or PM_DIR'],
    ['a start without --cwd', ['start', '--', 'true'], dir, '--cwd'],
    ['a start with a relative --cwd', ['start', '--cwd', 'x', '--', 'true'], dir, '--cwd'],
    ['logs', ['logs', 'a'], undefined, '--dir or PM_DIR'],
  ] as const)('%s: it is named, with what to do', async (what, argv, PM_DIR, next) => {
    const place = `gone ${what}`.replaceAll(' ', '-');
    const { exitCode, stderr } = await pm(argv, { under: removed(place), env: { PM_DIR } });
    expect([exitCode, stderr]).toEqual([125, expect.stringContaining(`${join(folder, place)} was removed`)]);
    expect(stderr).toContain(next);
    expect(stderr).not.toContain('unexpected');
  });
});

describe.concurrent('what else may be missing', () => {
  test.each<[what: string, env: Surroundings['env']]>([
    ['HOME', { HOME: undefined }],
    ['TMPDIR', { TMPDIR: '/nowhere' }],
    ['USER and SHELL', { USER: undefined, SHELL: undefined, LOGNAME: undefined }],
    ['an empty HOME', { HOME: '' }],
    ['a HOME that is a file', { HOME: '/etc/passwd', XDG_STATE_HOME: undefined }],
  ])('a start works without %s', async (what, env) => {
    const step = `without-${what.replaceAll(' ', '-')}`;
    expect((await pm(['start', step, '--wait', '--', 'true'], { env })).exitCode).toBe(0);
  });

  test.each([
    ['a file', () => join(folder, 'file')],
    ['a path below a file', () => join(folder, 'file/x')],
    ['/proc', () => '/proc/pm'],
  ])('a PM_DIR that is %s is named', async (_what, place) => {
    writeFileSync(join(folder, 'file'), '');
    const { exitCode, stderr } = await pm(['start', 'x', '--', 'true'], { env: { PM_DIR: place() } });
    expect([exitCode, stderr]).toEqual([125, expect.stringContaining(place())]);
    expect(stderr).not.toContain('unexpected');
  });
});

describe('too few file handles or processes', () => {
  // Below 19 Node itself cannot read its first file.
  test.each([19, 20, 21, 22, 23])('ulimit -n %i: it starts, or says why not', async (files) => {
    const step = `files-${files}`;
    const { exitCode, stderr, stdout } = await pm(['start', step, '--', 'true'], {
      under: ['sh', fixture('few-files.sh'), String(files)],
    });
    if (exitCode === 0) return expect(stdout).toContain(step);
    expect([125, 126]).toContain(exitCode);
    expect(stderr).toContain('ulimit -n');
    expect(stderr).not.toMatch(/unexpected|node:internal|^\s+at /m);
    const { stdout: listed } = await pm(['ls', '--json']);
    const run = (JSON.parse(listed) as Listed).runs.find((one) => one.step === step);
    return expect([undefined, 126]).toContain(run?.exitCode);
  });

  const canLimit = existsSync(join(PIDS, 'cgroup.procs')) && process.getuid?.() === 0;
  test.skipIf(!canLimit).each([11, 12, 13, 14, 15, 16])(
    'a pids cgroup with room for %i: no exit is told of a command that never ran',
    async (most) => {
      const cgroup = join(PIDS, `pm-test-${process.pid}-${most}`);
      mkdirSync(cgroup);
      try {
        writeFileSync(join(cgroup, 'pids.max'), String(most));
        const under = ['sh', fixture('in-cgroup.sh'), cgroup];
        const { exitCode, stdout, stderr } = await pm(['run', `pids-${most}`, '--', 'echo', 'it ran'], { under });
        if (stdout.includes('it ran')) return expect(exitCode).toBe(0);
        expect([125, 126]).toContain(exitCode);
        return expect(stderr).toMatch(/pids\.max/);
      } finally {
        writeFileSync(join(cgroup, 'pids.max'), 'max');
        await until(() => readFileSync(join(cgroup, 'cgroup.procs'), 'utf8') === '');
        rmdirSync(cgroup);
      }
    },
  );
});

test.each([0, 1, 3, 5])('ulimit -f %i: it starts, or says that files may not grow', async (blocks) => {
  const under = ['sh', '-c', 'ulimit -f "$0"; exec "$@"', String(blocks)];
  const { exitCode, stderr } = await pm(['start', `blocks-${blocks}`, '--', 'true'], { under });
  if (exitCode === 0) return;
  expect([exitCode, stderr]).toEqual([125, expect.stringContaining('ulimit -f')]);
  expect(stderr).not.toMatch(/unexpected|node:internal|^\s+at /m);
});

test.each([
  ['ended', 'rm -rf ended; touch ended'],
  ['steps', 'rm -rf steps; touch steps'],
  ['runs', 'mv runs elsewhere; touch runs'],
  ['steps/work', 'rm -rf steps/work; mkfifo steps/work'],
])('something else in the place of the folder %s is named', async (_, replace) => {
  const other = join(mkdtempSync(join(folder, 'replaced-')), '.pm');
  const env = { PM_DIR: other };
  expect((await pm(['start', 'work', '--wait', '--', 'true'], { env })).exitCode).toBe(0);
  await execa('sh', ['-ec', replace], { cwd: other });
  for (const verb of [['start', 'work', '--', 'true'], ['ls']]) {
    const { exitCode, stderr } = await pm(verb, { env });
    expect(stderr).not.toContain('unexpected');
    if (exitCode !== 0) expect([exitCode, stderr]).toEqual([125, expect.stringContaining(other)]);
  }
});

interface Listed {
  readonly runs: readonly { readonly step: string; readonly exitCode?: number }[];
}

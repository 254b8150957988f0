import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { type Identity, identify, isAlive, signalIfSame } from '@pm/process';
import { LONG, until } from '@pm/testing';
import { describe, expect } from 'vitest';
import { operations } from '../src/index.ts';
import { locateDirectory } from '../src/project/locate-directory.ts';
import { animal, type Stage, test, textOf } from './stage.ts';

// The wrapper that `pm template` prints, under every shell it names, and monitored as any foreign writer's run.

/** Those but the first two only in `npm run test:long`. */
const SHELLS: readonly (readonly [name: string, program: string, link?: string])[] = [
  ['dash', 'dash'],
  ['bash', 'bash'],
  ['bash as sh', 'bash', 'sh'],
  ['busybox ash', 'busybox', 'ash'],
];

for (const [i, [name, program, link]] of SHELLS.entries()) {
  const path = found(program);
  const reason = path === undefined ? 'not installed' : i < 2 || LONG ? undefined : 'npm run test:long';
  const title = reason === undefined ? `under ${name}` : `under ${name} (${reason})`;
  describe.skipIf(reason !== undefined).concurrent(title, () => {
    const wrap = (stage: Stage, ...command: string[]) => play(stage, shellOf(stage, path ?? '', link), command);

    test('a success: its result, then its status, its log; pm wait tells it', async ({ stage }) => {
      const { exited } = await wrap(stage, animal('writes-result.sh'), '{"acc":0.93}', '0');
      expect(await exited).toBe(0);
      expect(textOf(`${stage.dir}/job.status`)).toBe('SUCCESS\n');
      expect(await stage.askOne('wait', { steps: ['job'] })).toMatchObject({
        outcome: 'success',
        result: { acc: 0.93 },
      });
    });

    test('a failure keeps its exit code, and leaves no result', async ({ stage }) => {
      const { exited } = await wrap(stage, animal('exits.sh'), '7');
      expect(await exited).toBe(7);
      expect(existsSync(`${stage.dir}/job.result`)).toBe(false);
      expect(await stage.askOne('wait', { steps: ['job'] })).toMatchObject({
        outcome: 'failed',
        reason: 'status-failed',
        exitCode: 7,
      });
    });

    test('a command that is not there fails with 127', async ({ stage }) => {
      expect(await (await wrap(stage, './nowhere')).exited).toBe(127);
      expect(textOf(`${stage.dir}/job.status`)).toBe('FAILED 127\n');
    });

    test('a TERM ends the command, and is no success though it exits 0', async ({ stage }) => {
      const { wrapper, exited } = await wrap(stage, animal('exits-0-on-term.sh'));
      const command = await begun(stage, wrapper);
      signalIfSame(wrapper, 'SIGTERM');
      expect(await exited).toBe(143);
      expect(isAlive(command)).toBe(false);
      expect(textOf(`${stage.dir}/job.status`)).toBe('FAILED 143\n');
    });

    test('a command that is deaf to TERM is killed when the grace is over', async ({ stage }) => {
      const { wrapper, exited } = await wrap(stage, animal('ignores-term.sh'));
      await begun(stage, wrapper);
      await until(() => textOf(`${stage.dir}/job.log`) === 'deaf\n'); // before its trap is set, it hears
      signalIfSame(wrapper, 'SIGTERM');
      expect(await exited).toBe(137);
    });

    test('a beater that does not hear that the command has ended ends all the same', async ({ stage }) => {
      mkdirSync(stage.dir);
      const shell = shellOf(stage, path ?? '', link);
      const { script } = await ask(stage, {});
      // A TERM that meets a process before its trap is lost. Here all of the first second are.
      const late = script.replace('  read_stat self && me=', "  trap '' TERM; sleep 1; read_stat self && me=");
      expect(late).not.toBe(script);
      writeFileSync(join(stage.folder, 'late.sh'), late);
      const { status } = spawnSync(shell, [join(stage.folder, 'late.sh'), 'true'], {
        cwd: stage.folder,
        env: stage.env,
      });
      expect(status).toBe(0);
      await stage.untilGone();
    });

    test('a terminal that closes ends nothing', async ({ stage }) => {
      const { wrapper, exited } = await wrap(stage, animal('waits.sh'), '0');
      await begun(stage, wrapper);
      for (let i = 0; i < 3; i += 1) signalIfSame(wrapper, 'SIGHUP');
      await beats(stage);
      stage.cue('go');
      expect(await exited).toBe(0);
    });

    test('pm stop ends all of it', async ({ stage }) => {
      const { wrapper } = await wrap(stage, animal('setsid-child.sh'));
      await begun(stage, wrapper);
      await until(() => textOf(join(stage.folder, 'child')) !== '', 'its child runs');
      expect(await stage.askOne('stop', { steps: ['job'] })).toMatchObject({ outcome: 'cancelled' });
      await until(() => stage.alive().length === 0);
    });

    test('beats end with a wrapper that is SIGKILLed, and the run is lost', async ({ stage }) => {
      const { wrapper } = await wrap(stage, animal('waits.sh'), '0');
      const command = await begun(stage, wrapper);
      signalIfSame(wrapper, 'SIGKILL');
      await until(() => stage.alive().every(({ pid }) => pid === command.pid || !isBeater(pid)), 'the beats end');
      expect(await stage.askOne('wait', { steps: ['job'] })).toMatchObject({ outcome: 'lost', reason: 'wrapper-gone' });
      await stage.abandon();
    });

    test('a copy writes where pm would where it is called, and not where it was printed', async ({ stage }) => {
      mkdirSync(stage.dir);
      const shell = shellOf(stage, path ?? '', link);
      const place = (name: string): string => join(stage.folder, 'elsewhere', name);
      mkdirSync(place(''));
      writeFileSync(place('a copy.sh'), (await ask(stage, {})).script);
      for (const [made, called, env] of PLACES(place)) {
        for (const folder of [dirname(made), called]) mkdirSync(place(folder), { recursive: true });
        writeFileSync(place(made), '');
        const where = locateDirectory(undefined, { cwd: place(called), env });
        const { status } = spawnSync(shell, [place('a copy.sh'), 'sh', '-c', 'exit 3'], {
          cwd: place(called),
          env: { PATH: process.env['PATH'], ...env },
        });
        expect([made, status, textOf(join(where, 'job.status'))]).toEqual([made, 3, 'FAILED 3\n']);
        rmSync(where, { recursive: true }); // the next row begins without it
      }
      expect(existsSync(`${stage.dir}/job.status`)).toBe(false);
    });

    test("yesterday's files are removed, and what they were linked to is left alone", async ({ stage }) => {
      mkdirSync(stage.dir, { mode: 0o700 });
      writeFileSync(`${stage.folder}/record`, 'of a run');
      for (const kind of ['log', 'heartbeat', 'status', 'result', 'pid'])
        linkSync(`${stage.folder}/record`, `${stage.dir}/job.${kind}`);
      const { wrapper, exited } = await wrap(stage, animal('waits.sh'), '0');
      await begun(stage, wrapper);
      expect(['status', 'result'].map((kind) => existsSync(`${stage.dir}/job.${kind}`))).toEqual([false, false]);
      stage.cue('go');
      await exited;
      expect(readFileSync(`${stage.folder}/record`, 'utf8')).toBe('of a run');
    });
  });
}

/** A file that is made, where the script is called, and its environment. The files stay for the rows below. */
const PLACES = (place: (name: string) => string): [made: string, called: string, env: Record<string, string>][] => [
  ['bare/kept', 'bare/sub', {}],
  ['package/package.json', 'package/a b/c', {}],
  ['package/a b/pyproject.toml', 'package/a b/c', {}],
  ['repository/.git/HEAD', 'repository/sub', {}],
  ['repository/sub/package.json', 'repository/sub', {}],
  ['repository/sub/pm.config.json', 'repository/sub/deep', {}],
  ['repository/sub/deep/.pm/kept', 'repository/sub/deep/er', {}],
  ['repository/inner/.git', 'repository/inner/x', {}],
  ['named/kept', 'repository/sub', { PM_DIR: place('named/dir') }],
  ['named/kept', 'repository/sub', { PM_DIR: '../.state', CDPATH: place('named') }],
  ['named/kept', 'repository/sub', { PM_DIR: '' }],
];

describe('pm template', () => {
  test.for([
    ['train', "/a b/it's $HOME `x` \\1 $&"],
    ['a.b-c_1', '-dash'],
  ])('the step %s and a directory with %s arrive as they are', async ([step, dir], { stage }) => {
    const { script } = await ask(stage, { step, dir });
    expect(script.split('\n').filter((line) => /^(step|dir)=/.test(line))).toHaveLength(2);
    writeFileSync(
      join(stage.folder, 'print.sh'),
      `${/^step=.*\ndir=.*$/m.exec(script)?.[0]}\nprintf '%s|%s' "$step" "$dir"\n`,
    );
    const { stdout } = spawnSync('sh', [join(stage.folder, 'print.sh')]);
    expect(String(stdout)).toBe(`${step}|${dir}`);
  });

  test('without options it names no path of the machine where it was printed', async ({ stage }) => {
    mkdirSync(stage.dir);
    const { script } = await ask(stage, {});
    expect(script).toContain(`\nstep='job' #`);
    expect(script).toContain(`\ndir='' `);
    expect(script).not.toContain(stage.folder);
  });

  test('a name that no step can have is refused', async ({ stage }) => {
    await expect(ask(stage, { step: '../x' })).rejects.toMatchObject({ code: 'usage' });
  });
});

async function ask(stage: Stage, input: object): Promise<{ script: string }> {
  const { input: schema, run } = await operations.template();
  return run(schema.parse(input), { cwd: stage.folder, env: stage.env, signal: new AbortController().signal });
}

interface Played {
  readonly wrapper: Identity;
  readonly exited: Promise<number | null>;
}

/** Runs a command under the template, its beats in tenths of a second. */
async function play(stage: Stage, shell: string, command: readonly string[]): Promise<Played> {
  const { script } = await ask(stage, { dir: stage.dir });
  const file = join(stage.folder, 'wrapper.sh');
  writeFileSync(file, script.replace(/^beat=10/m, 'beat=0.1').replace(/^grace=10/m, 'grace=1'));
  const child: ChildProcess = spawn(shell, [file, ...command], {
    cwd: stage.folder,
    env: stage.env,
    stdio: 'ignore',
    detached: true,
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const wrapper = identify(child.pid ?? 0);
  if (wrapper === undefined) throw new Error('the wrapper did not start');
  await until(() => textOf(`${stage.dir}/job.pid`) === `${child.pid}\n` || child.exitCode !== null);
  return { wrapper, exited };
}

/** The command, once its own program runs. */
async function begun(stage: Stage, wrapper: Identity): Promise<Identity> {
  let command: Identity | undefined;
  await until(() => {
    command = stage.alive().find(({ pid }) => pid !== wrapper.pid && isAnimal(pid) && !isBeater(pid));
    return command !== undefined;
  }, 'the command runs');
  if (command === undefined) throw new Error('no command');
  return command;
}

function isAnimal(pid: number): boolean {
  return textOf(`/proc/${pid}/cmdline`).includes('/zoo/');
}

async function beats(stage: Stage): Promise<void> {
  const from = Number(textOf(`${stage.dir}/job.heartbeat`));
  await until(() => Number(textOf(`${stage.dir}/job.heartbeat`)) > from + 2, 'it beats');
}

function isBeater(pid: number): boolean {
  return textOf(`/proc/${pid}/cmdline`).includes('wrapper.sh');
}

function found(program: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
}

/** Some shells go by the name they are called by. */
function shellOf(stage: Stage, path: string, link: string | undefined): string {
  if (link === undefined) return path;
  symlinkSync(path, join(stage.folder, link));
  return join(stage.folder, link);
}

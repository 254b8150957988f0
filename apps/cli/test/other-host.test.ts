import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LONG, until } from '@pm/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { HAS_SSHD, MAIN, openSshHost, type SshHost } from './ssh-host.ts';

// The built pm on both sides of a real sshd, whose connections are killed.

const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}.sh`, import.meta.url));
const LINES = LONG ? 40 : 3;
const TIMEOUT_MS = LONG ? 3_600_000 : 300_000;

describe.skipIf(!HAS_SSHD)('pm --host, which needs sshd (Debian: openssh-server)', { timeout: TIMEOUT_MS }, () => {
  let host: SshHost;
  const pm = (argv: readonly string[], options?: Parameters<SshHost['pm']>[1]) =>
    host.pm(['--host', host.name, ...argv], options);
  const answerOf = async (...argv: string[]) => JSON.parse(String((await pm([...argv, '--json'])).stdout));
  const at = (name: string): string => join(host.folder, name);

  beforeAll(async () => {
    host = await openSshHost();
  });
  afterAll(() => host?.close());
  afterEach(() => rmSync(at('answer'), { force: true }));

  test('answers as the pm of that host does', async () => {
    const { exitCode, stdout, stderr } = await pm(['run', 'fails', '--', 'sh', '-c', 'echo out; echo err >&2; exit 7']);
    expect([exitCode, String(stdout).split('\n')]).toEqual([7, ['out', 'err']]);
    expect(stderr).toContain('pm: fails failed exit 7');
    const here = await host.pm(['status', 'fails', '--json'], { cwd: host.work });
    expect((await pm(['status', 'fails', '--json'])).stdout).toEqual(here.stdout);
    const split = await pm(['run', '--split', '--', 'sh', '-c', 'echo out; echo err >&2']);
    expect([split.stdout, String(split.stderr).split('\n')]).toEqual(['out', expect.arrayContaining(['err'])]);
  });

  test.each([0, 127, 255])('ends with exit code %i of a command', async (status) => {
    expect((await pm(['run', 'code', '--', 'sh', '-c', `exit ${status}`])).exitCode).toBe(status);
  });

  test('passes every word on as it is', async () => {
    const words = [
      "a'b",
      'c"d',
      'two\nlines\n',
      '$HOME',
      '-x',
      '--',
      '--host',
      '',
      '`id`',
      '!!',
      '\\',
      "\\'",
      '日本',
      '*',
      '~',
      ' ',
    ];
    const { stdout } = await pm(['run', 'words', '--', fixture('print-words'), ...words], { stripFinalNewline: false });
    expect(String(stdout).split('\0')).toEqual([...words, '']);
  });

  test('takes the option after the verb', async () => {
    expect((await host.pm(['ls', '--host', host.name])).exitCode).toBe(0);
    expect((await host.pm(['run', `--host=${host.name}`, 'late', '--', 'true'])).exitCode).toBe(0);
  });

  test('proposes calls that work', async () => {
    const cue = at('proposed-cue');
    writeFileSync(cue, '');
    const { stdout } = await pm(['start', 'proposed', '--', fixture('count-to'), '1', cue, '0']);
    appendFileSync(cue, '\n');
    const [, next = ''] = /next: (.*)$/m.exec(String(stdout)) ?? [];
    expect(next).toContain(`--host ${host.name} wait proposed`);
    expect(spawnSync('sh', ['-c', next], { env: host.env, encoding: 'utf8' })).toMatchObject({ status: 0 });
    const { stderr } = await pm(['strat']);
    expect(stderr).toMatch(new RegExp(`next: .* --host ${host.name} start$`, 'm'));
  });

  test('shares one connection', async () => {
    await pm(['ls']);
    const before = readFileSync(at('sshd.log'), 'utf8').split('Accepted publickey').length;
    await Promise.all([pm(['ls']), pm(['ls']), pm(['wait'])]);
    expect(readFileSync(at('sshd.log'), 'utf8').split('Accepted publickey').length).toBe(before);
  });

  test('passes standard input on with run --stdin, and else refuses data', async () => {
    const big = 'x'.repeat(1_000_000);
    expect((await pm(['run', 'counts', '--stdin', '--', 'wc', '-c'], { stdin: 'pipe', input: big })).stdout).toBe(
      '1000000',
    );
    writeFileSync(at('data'), big);
    const data = openSync(at('data'), 'r');
    const argv = [MAIN, '--host', host.name, 'start', 'counts', '--', 'wc', '-c'];
    const refused = spawnSync(process.execPath, argv, {
      env: host.env,
      stdio: [data, 'pipe', 'pipe'],
      encoding: 'utf8',
    });
    closeSync(data);
    expect([refused.status, refused.stderr]).toEqual([125, expect.stringContaining('would get none of it')]);
    expect((await pm(['start', 'counts', '--stdin', '--', 'wc', '-c'])).exitCode).toBe(125);
  });

  test.each([
    ['a directory that is not there', ['--host', 'gpu:/nowhere', 'ls'], 'no such directory'],
    ['an option of ssh', ['--host', '-oProxyCommand=false', 'ls'], 'cannot begin with a dash'],
    ['a host that is not there', ['--host', 'nobody:/', 'ls'], 'nothing was done there'],
    ['pm top', ['--host', 'gpu', 'top'], "next: ssh -t gpu 'PATH="],
    ['pm web', ['web', '--host', 'gpu:/srv'], "-L 8123:127.0.0.1:8123 gpu 'PATH="],
    ['a call that is too long', ['--host', 'gpu', 'run', '--', 'echo', 'x'.repeat(110_000)], 'nothing was done'],
  ])('refuses %s', async (_what, argv, message) => {
    const { exitCode, stdout, stderr } = await host.pm(argv);
    expect([exitCode, stdout, stderr]).toEqual([125, '', expect.stringContaining(message)]);
    const json = await host.pm([...argv.slice(0, 2), '--json', ...argv.slice(2)]);
    expect(json.exitCode).toBe(125);
  });

  describe('where pm is missing', () => {
    test('says how to copy this one there, and that works', async () => {
      unlinkSync(at('bin/pm'));
      try {
        const { exitCode, stderr } = await pm(['ls']);
        expect([exitCode, stderr]).toEqual([125, expect.stringContaining('there is no pm on gpu')]);
        const [, next = ''] = /next: (tar .*)$/m.exec(String(stderr)) ?? [];
        // The same line, with a shell in an empty home in the place of ssh.
        const home = at('there');
        writeFileSync(at('path/there'), `#!/bin/sh\ncd ${home} && exec sh -c "$2"\n`, { mode: 0o755 });
        const copied = spawnSync('sh', ['-ec', next.replace('| ssh ', '| there ')], {
          env: host.env,
          encoding: 'utf8',
        });
        expect(copied).toMatchObject({ status: 0, stderr: '' });
        expect((await pm(['ls'])).exitCode).toBe(0);
        expect(
          spawnSync(`${home}/.local/bin/pm`, ['run', '--', 'true'], { cwd: home, env: { ...host.env, HOME: home } }),
        ).toMatchObject({ status: 0 });
      } finally {
        rmSync(at('there/.local'), { recursive: true, force: true });
        symlinkSync(fixture('pm-of-host'), at('bin/pm'));
      }
    });

    test.each([
      ['Node.js is missing', 'echo env: node: not found >&2; exit 127', 'Node.js is not on the PATH'],
      ['pm is too old', 'echo no option >&2; exit 125', 'too old'],
    ])('says that %s', async (_what, script, message) => {
      writeFileSync(at('answer'), script);
      const { exitCode, stderr } = await pm(['start', '--', 'true']);
      expect([exitCode, stderr]).toEqual([125, expect.stringContaining(message)]);
    });
  });

  describe('when the connection is lost', () => {
    test.each(['lose-before', 'lose-after'])('makes a start once: %s', async (when) => {
      const [file, step] = [at(`once-${when}`), `once-${when}`];
      writeFileSync(at(when), '');
      const { exitCode, stdout, stderr } = await pm(['start', step, '--', fixture('add-line'), file]);
      expect([exitCode, stdout]).toEqual([0, expect.stringMatching(new RegExp(`^${step} (?:started|success)`))]);
      expect(stderr).toContain('is lost');
      expect(String(stdout).match(/started|success/g)).toHaveLength(1);
      expect((await pm(['wait', step])).exitCode).toBe(0);
      expect(readFileSync(file, 'utf8')).toBe('begun\n');
      expect((await answerOf('ls', step)).runs).toHaveLength(1);
    });

    test('makes a start by the second connection if the first one had not begun it', async () => {
      const file = at('killed-start');
      writeFileSync(
        at('answer'),
        `kill -9 "$(ps -o ppid= -p $PPID | tr -d ' ')"; rm "${at('answer')}"; exec env LAB=/ ${fixture('pm-of-host')} ls`,
      );
      const { exitCode, stdout } = await pm(['start', 'killed', '--', fixture('add-line'), file]);
      // The host made no call of this id, so the second connection makes it.
      expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/^killed (?:started|success)/)]);
      expect((await pm(['wait', 'killed'])).exitCode).toBe(0);
      expect(readFileSync(file, 'utf8')).toBe('begun\n');
    });

    test.each([
      ['run', (step: string, command: string[]) => ['run', step, '--', ...command], 9],
      ['start --wait', (step: string, command: string[]) => ['start', step, '--wait', '--', ...command], 9],
      ['wait', (step: string) => ['wait', step], 9],
      ['logs -f', (step: string) => ['logs', step, '-f'], 0],
      ['watch', (step: string) => ['watch', step, '--until-idle'], 0],
    ] as const)('%s goes on, and repeats and loses nothing', async (verb, call, status) => {
      const step = verb.replaceAll(/\W/g, '');
      const cue = at(`${step}-cue`);
      writeFileSync(cue, '');
      const command = [fixture('count-to'), String(LINES), cue, '9'];
      const isStart = verb === 'run' || verb === 'start --wait';
      if (!isStart) await pm(['start', step, '--', ...command]);
      const calling = pm([...call(step, command)]);
      const log = (): string => String(spawnSync('sh', ['-c', `cat "${host.work}"/.pm/runs/*/log`]).stdout);
      for (let line = 1; line <= LINES; line++) {
        const had = log().split('\n').length;
        await until(() => (line % 2 === 0 ? host.dropMaster() : host.drop() > 0));
        appendFileSync(cue, '\n');
        await until(() => log().split('\n').length > had, `line ${line} is in the log`);
      }
      const { exitCode, stdout, stderr } = await calling;
      expect({ exitCode, stdout, stderr }).toMatchObject({
        exitCode: status,
        stderr: expect.stringContaining('is lost'),
      });
      expect(stderr).toContain('is connected again');
      const lines = Array.from({ length: LINES }, (_, n) => `line ${n + 1}`);
      if (verb === 'run' || verb === 'logs -f') expect(String(stdout).split('\n')).toEqual(lines);
      else expect(String(stdout).match(/failed exit 9/g)).toHaveLength(1);
    });

    test('a wait tries until the host is back', async () => {
      const cue = at('back-cue');
      writeFileSync(cue, '');
      const { call, said } = await begun('start', 'back', '--wait', '--', fixture('count-to'), '1', cue, '4');
      await until(() => said().includes('started'));
      await host.shut();
      await until(() => said().includes('next try in 0.5 s'));
      appendFileSync(cue, '\n');
      await host.listen();
      expect((await call).exitCode).toBe(4);
      expect(said()).toContain('is connected again');
    });

    test('a budget ends the tries, and the run goes on', async () => {
      const cue = at('budget-cue');
      writeFileSync(cue, '');
      await pm(['start', 'budget', '--', fixture('count-to'), '1', cue, '0']);
      const { call } = await begun('wait', 'budget', '--budget', '3s', '--json');
      await host.shut();
      const { exitCode, stdout } = await call;
      await host.listen();
      expect([exitCode, JSON.parse(String(stdout))]).toMatchObject([125, { error: { code: 'no-connection' } }]);
      appendFileSync(cue, '\n');
      expect((await pm(['wait', 'budget'])).exitCode).toBe(0);
    });
  });

  describe('Ctrl-C', () => {
    test('ends the wait, and not the run', async () => {
      const cue = at('wait-cue');
      writeFileSync(cue, '');
      await pm(['start', 'goes-on', '--', fixture('count-to'), '1', cue, '0']);
      const { call } = await begun('wait', 'goes-on');
      call.kill('SIGINT');
      const { exitCode, stdout, stderr } = await call;
      expect(exitCode).toBe(130);
      expect(`${stdout}\n${stderr}`).toContain(`--host ${host.name} wait goes-on`);
      appendFileSync(cue, '\n');
      expect((await pm(['wait', 'goes-on'])).exitCode).toBe(0);
    });

    test('on run cancels the job', async () => {
      const cue = at('run-cue');
      writeFileSync(cue, '');
      const { call, said } = await begun('run', 'cancelled', '--', fixture('count-to'), '1', cue, '0');
      await until(() => said().includes('started'));
      call.kill('SIGINT');
      expect((await call).exitCode).toBe(130);
      expect(said()).toContain('stopping the job');
      expect((await answerOf('status', 'cancelled')).runs).toMatchObject([{ outcome: 'cancelled' }]);
    });

    test('without a connection says that what runs there goes on', async () => {
      const cue = at('cut-cue');
      writeFileSync(cue, '');
      const { call, said } = await begun('start', 'cut', '--wait', '--', fixture('count-to'), '1', cue, '0');
      await until(() => said().includes('started'));
      await host.shut();
      await until(() => said().includes('next try'));
      call.kill('SIGINT');
      const { exitCode, stderr } = await call;
      await host.listen();
      expect([exitCode, stderr]).toEqual([130, expect.stringContaining('what runs on')]);
      appendFileSync(cue, '\n');
      expect((await pm(['wait', 'cut'])).exitCode).toBe(0);
    });
  });

  /** Makes a call, and returns when the pm there has begun it. */
  async function begun(...argv: string[]) {
    const calls = at('there/process-monitor/ssh/calls');
    const kept = (): number =>
      existsSync(calls) ? readdirSync(calls).filter((name) => !name.includes('.')).length : 0;
    const before = kept();
    const call = pm(argv);
    const said: string[] = [];
    for (const output of [call.stdout, call.stderr]) output?.on('data', (bytes) => said.push(String(bytes)));
    await until(() => kept() > before, 'the call has begun');
    return { call, said: () => said.join('') };
  }
});

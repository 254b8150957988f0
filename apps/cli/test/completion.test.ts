import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { built, until } from '@pm/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { completionText } from '../src/completion/completion.ts';
import { call } from './call-cli.ts';

const MAIN = fileURLToPath(new URL('../dist/main.cjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'pm completion '));
const [bin, project] = [join(folder, 'bin'), join(folder, 'project')];
const env = {
  ...process.env,
  HOME: folder,
  PM_DIR: '',
  PM_RESIDENT: 'off',
  TERM: 'dumb',
  PATH: `${bin}${delimiter}${process.env['PATH']}`,
};

beforeAll(() => {
  for (const path of [bin, project, join(project, 'a-folder')]) mkdirSync(path);
  symlinkSync(built(MAIN), join(bin, 'pm'));
  writeFileSync(join(bin, 'zz-own-program'), '#!/bin/sh\n');
  chmodSync(join(bin, 'zz-own-program'), 0o755);
  writeFileSync(join(project, 'package.json'), '{}');
  writeFileSync(
    join(project, 'pm.config.json'),
    '{"steps":{"deploy":{"command":["true"]}},"queues":{"heavy":{},"gpu":{"engine":"redis://127.0.0.1:1"}}}',
  );
  for (const step of ['train', 'tests']) pm('start', step, '--wait', '--', 'true');
});
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 50 }));

function pm(...args: string[]): string {
  return spawnSync(join(bin, 'pm'), args, { cwd: project, env, encoding: 'utf8' }).stdout;
}

const ACTIONS = ['show', 'set', 'move', 'pause', 'resume', 'clear'];

/** The words that may follow, without what they mean. */
async function words(...typed: string[]): Promise<string[]> {
  return (await completionText(['--', ...typed], { cwd: project, env: {} }, 'pm'))
    .split('\n')
    .flatMap((line) => line.split('\t')[0] || []);
}

describe('what may follow', () => {
  test('a verb, with what it does', async () => {
    expect(await words('w')).toEqual(['wait', 'watch', 'who', 'worker', 'web']);
    expect(pm('completion', '--', 'wai')).toMatch(/^wait\t\w.+\.\n$/);
    expect(await words('help', 'compl')).toEqual(['completion']);
  });

  test.each<[what: string, typed: string[], follow: string[]]>([
    ['steps that ran', ['wait', ''], ['tests', 'train']],
    ['steps that are not named yet', ['wait', 'tests', ''], ['train']],
    ['steps of pm.config.json for a start', ['start', ''], ['deploy', 'tests', 'train']],
    ['the words of a positional choice', ['breaker', 're'], ['record', 'reset']],
    ['values of a choice', ['start', 'x', '--liveness', 'o'], ['output']],
    ['values of a choice in one word', ['start', 'x', '--liveness=o'], ['--liveness=output']],
    ['values of a choice in the words of bash', ['start', 'x', '--liveness', '=', 'o'], ['output']],
    ['values of a choice in the words of bash, before any letter', ['template', '--dir', '='], [':files']],
    ['options', ['start', 'x', '--li'], ['--literal', '--liveness']],
    ['no option twice', ['start', 'x', '--liveness=output', '--li'], ['--literal']],
    ['no option twice in the words of bash', ['start', '--liveness', '=', 'output', '--liv'], []],
    ['words of a free value', ['start', 'x', '--notify', ''], ['codex', 'desktop', 'none']],
    ['no free value', ['start', 'x', '--timeout', ''], []],
    ['paths', ['logs', '--dir', 'x'], [':files']],
    ['options where no word fits', ['recover', '--j'], ['--json']],
    ['queues for a start', ['start', 'x', '--queue', ''], ['gpu', 'heavy']],
    ['queues in one word', ['start', 'x', '--queue=g'], ['--queue=gpu']],
    ['queues in the words of bash', ['batch', 'jobs.jsonl', '--queue', '=', 'h'], ['heavy']],
    ['queues that an engine keeps, for a worker', ['worker', ''], ['gpu']],
    ['what can be done with a queue, or its name', ['queue', ''], [...ACTIONS, 'gpu', 'heavy']],
    ['queues after what is done', ['queue', 'pause', ''], ['gpu', 'heavy']],
    ['no second name of a queue', ['queue', 'gpu', 'x'], []],
    ['no step for a queue', ['queue', 'move', 't'], []],
    ['the option for another host', ['--'], ['--host']],
    ['the option for another host after a verb', ['ls', '--ho'], ['--host']],
    ['no host, because none is known', ['--host', ''], []],
    ['no host in the words of bash', ['--host', 'user', '@', 'gpu', ':', ''], []],
    ['verbs after a host', ['--host', 'user@gpu:/srv', 'wai'], ['wait']],
    ['verbs after a host in the words of bash', ['--host', 'user', '@', 'gpu', ':', '/srv', 'wai'], ['wait']],
    ['verbs after a host in one word', ['--host=gpu', 'wai'], ['wait']],
    ['no names of this host for another one', ['--host', 'gpu', 'logs', 't'], []],
    ['options for another host, and no second one', ['--host', 'gpu', 'ls', '--h'], ['--help']],
    ['the hosts of pm init', ['init', '--ho'], ['--host']],
    ['shells', ['completion', ''], ['bash', 'zsh', 'fish']],
    ['a verb that is no operation', ['to'], ['top']],
    ['its options', ['top', ''], ['--dir', '--help']],
    ['and their paths', ['top', '--dir', 'x'], [':files']],
    ['nothing after a word that is no verb', ['deploy', ''], []],
  ])('%s', async (_, typed, follow) => {
    expect(await words(...typed)).toEqual(follow);
  });

  test('the steps of another directory', async () => {
    expect(await words('wait', '--dir', join(folder, 'nowhere'), '')).toContain('--any');
  });

  test('a broken configuration and a hostile directory break no completion', async () => {
    const [hostile, dir] = [join(folder, 'hostile'), join(folder, 'hostile/.pm')];
    mkdirSync(join(dir, 'steps/fine'), { recursive: true });
    writeFileSync(join(hostile, 'pm.config.json'), '{"steps":');
    writeFileSync(join(dir, 'steps/a\tb\nc'), '');
    expect(await words('wait', '--dir', dir, '')).toEqual(['fine']);
  });
});

test.each([['tcsh'], [], ['bash', 'zsh']])('pm completion %s is a wrong call', async (...args) => {
  expect(await call('completion', ...args)).toMatchObject({
    status: 125,
    err: expect.stringMatching(/bash, zsh, fish/),
  });
});

test('its page of help is found in the usual ways', async () => {
  const { out } = await call('completion', '--help');
  expect(out).toMatch(/^pm completion: /);
  expect((await call('help', 'completion')).out).toBe(out);
  expect((await call('completions', 'bash')).err).toContain('did you mean completion?');
});

/** How an interactive shell is started, made ready, and told to write its command line into a file at Ctrl-X. */
const SHELLS: readonly (readonly [name: string, start: string, setup: (file: string) => string])[] = [
  [
    'bash',
    'bash --norc -i',
    (file) => `eval "$(pm completion bash)"; bind -x '"\\C-x": printf %s "$READLINE_LINE" > "${file}"'`,
  ],
  [
    'zsh',
    'zsh -f -i',
    (file) =>
      `autoload -Uz compinit; compinit -D -u; source <(pm completion zsh); tell() { printf %s "$BUFFER" > "${file}" }; zle -N tell; bindkey '^X' tell`,
  ],
  ['fish', 'fish --no-config -i', (file) => `pm completion fish | source; bind \\cx 'commandline > "${file}"'`],
];

const TYPED: readonly (readonly [typed: string, completed: string])[] = [
  ['pm wai', 'pm wait '],
  ['pm wait trai', 'pm wait train '],
  ['pm breaker res', 'pm breaker reset '],
  ['pm start x --liveness ou', 'pm start x --liveness output '],
  ['pm start x --liveness=ou', 'pm start x --liveness=output '],
  ['pm logs --dir a-fol', 'pm logs --dir a-folder/'],
  ['pm start x -- zz-own', 'pm start x -- zz-own-program '],
  ['pm start x -- zz-own-program packa', 'pm start x -- zz-own-program package.json '],
];

const has = (program: string): boolean => spawnSync(program, ['--version']).error === undefined;

describe.each(SHELLS)('in a real %s', (shell, start, setup) => {
  test.skipIf(!has(shell) || !has('script'))(
    `${shell} completes what is typed (needs ${shell} and script)`,
    async () => {
      const told = join(folder, `told-${shell}`);
      const terminal = spawn('script', ['-qec', start, '/dev/null'], {
        cwd: project,
        env,
        stdio: ['pipe', 'pipe', 'pipe'],
      });
      terminal.stdout.resume();
      try {
        terminal.stdin.write(`${setup(told)}; touch ready-${shell}\n`);
        await until(() => existsSync(join(project, `ready-${shell}`)), `${shell} is ready`);
        for (const [typed, completed] of TYPED) expect(await completedBy(terminal, typed, told)).toBe(completed);
      } finally {
        terminal.stdin.end();
        terminal.kill('SIGHUP');
      }
    },
  );
});

/** Types it, then Tab, and asks for the command line. */
async function completedBy({ stdin }: ChildProcess, typed: string, told: string): Promise<string> {
  rmSync(told, { force: true });
  stdin?.write(`\u0015${typed}\t\u0018`);
  await until(() => existsSync(told) && readFileSync(told, 'utf8') !== '', `the line after ${typed}`);
  return readFileSync(told, 'utf8').replace(/\n$/, '');
}

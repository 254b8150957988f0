import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ROOT } from './repository.ts';

const CLI = join(ROOT, 'apps/cli/dist/main.cjs');
let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "pm it's home-"));
});
afterEach(() => rmSync(home, { recursive: true }));

function link(env: Record<string, string>, ...args: string[]) {
  const program = join(ROOT, 'scripts/link.mjs');
  const options = { encoding: 'utf8', env: { HOME: home, PATH: '/usr/bin', INIT_CWD: home, ...env } } as const;
  return spawnSync(process.execPath, [program, ...args], options);
}

describe('npm run link', () => {
  test.each<[what: string, env: Record<string, string>, args: string[], folder: string]>([
    ['the default', {}, [], '.local/bin'],
    ['an empty XDG_BIN_HOME', { XDG_BIN_HOME: '' }, [], '.local/bin'],
    ['a named folder', {}, ['tools/of mine'], 'tools/of mine'],
  ])('makes the folder and both links: %s', (_, env, args, folder) => {
    expect(link(env, ...args)).toMatchObject({ status: 0, stderr: '' });
    expect(readlinkSync(join(home, folder, 'pm'))).toBe(CLI);
    expect(existsSync(join(home, folder, 'pm-mcp'))).toBe(true);
    expect(link(env, ...args).status).toBe(0); // again
    expect(link(env, ...args, '--remove').status).toBe(0);
    expect(existsSync(join(home, folder, 'pm'))).toBe(false);
  });

  test.each<[shell: string, file: string, line: string]>([
    ['/bin/bash', '~/.bashrc', 'export PATH="$HOME/.local/bin:$PATH"'],
    ['/usr/bin/zsh', '~/.zshrc', 'export PATH="$HOME/.local/bin:$PATH"'],
    ['/usr/bin/fish', '~/.config/fish/config.fish', 'fish_add_path'],
    ['/bin/ksh', '~/.profile', 'export PATH="$HOME/.local/bin:$PATH"'],
  ])('says what to do about the PATH of %s, and nothing if it is right', (SHELL, file, line) => {
    const { stdout } = link({ SHELL });
    expect(stdout).toContain(file);
    expect(stdout).toContain(line);
    expect(link({ SHELL, PATH: join(home, '.local/bin') }).stdout).toContain('try it: pm doctor');
  });

  test.each(['bash', 'dash', 'zsh', 'fish'])(
    'says so in a way that %s understands, whatever the folder is called',
    (shell) => {
      // What a machine has not is not tested on it. The words of fish are compared below.
      if (spawnSync(shell, ['-c', ':']).error !== undefined) return;
      for (const named of ['.local/bin', 'my tools', "it's", '$HOME `id` "x" \\ \\n', '/']) {
        const folder = named === '/' ? join(mkdtempSync(join(tmpdir(), 'pm other ')), "to'ols") : named;
        const { stdout } = link({ SHELL: `/bin/${shell}` }, folder);
        const [, line = '', again = ''] = /new shell:\n {2}(.*)\nUntil then: (.*)\n/.exec(stdout) ?? [];
        const env = { HOME: home, PATH: `${dirname(process.execPath)}:/usr/bin:/bin` };
        const run = (text: string): string => spawnSync(shell, ['-c', text], { env, encoding: 'utf8' }).stdout.trim();
        expect(run(`${line}\ncommand -v pm`)).toBe(resolve(home, folder, 'pm'));
        expect(run(again.replace(/doctor$/, '--version'))).toMatch(/^\d+\.\d+\.\d+/);
        if (named === '/') rmSync(dirname(folder), { recursive: true });
      }
    },
  );

  test('quotes for fish', () => {
    const folder = join(home, "a\\b it's");
    const word = (path: string): string => `'${path.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
    const { stdout } = link({ SHELL: '/usr/bin/fish' }, folder);
    expect(stdout).toContain(`\n  fish_add_path ${word(folder)}\nUntil then: ${word(join(folder, 'pm'))} doctor\n`);
  });

  test('replaces a link into another clone', () => {
    mkdirSync(join(home, '.local/bin'), { recursive: true });
    symlinkSync('/elsewhere/apps/cli/dist/main.cjs', join(home, '.local/bin/pm'));
    expect(link({}).status).toBe(0);
    expect(readlinkSync(join(home, '.local/bin/pm'))).toBe(CLI);
  });

  test.each<[what: string, put: (path: string) => void]>([
    ['a file', (path) => writeFileSync(path, 'mine')],
    ['a folder', (path) => mkdirSync(path)],
    ['a link to something else', (path) => symlinkSync('/usr/bin/env', path)],
  ])('leaves what is not ours: %s', (_, put) => {
    mkdirSync(join(home, '.local/bin'), { recursive: true });
    put(join(home, '.local/bin/pm-mcp'));
    for (const args of [[], ['--remove']]) {
      const { status, stderr } = link({}, ...args);
      expect([status, stderr]).toEqual([1, expect.stringContaining('next: ')]);
    }
    expect(existsSync(join(home, '.local/bin/pm'))).toBe(false);
  });
});

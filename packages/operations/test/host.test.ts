import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect } from 'vitest';
import { operations } from '../src/index.ts';
import { type Stage, test } from './stage.ts';
import { canMount, fill, withTinyDisk } from './tiny-disk.ts';

const MCP_ON_PATH = { PATH: '/opt/tools' };
const HOSTS = ['claude', 'codex', 'copilot', 'cursor', 'gemini', 'opencode'] as const;

/** Files as users have them: comments, tabs, Windows line ends, no line end, bytes that are not UTF-8. */
const THEIRS: Readonly<Record<string, string>> = {
  'CLAUDE.md': '# Ours\r\n\r\nA line.',
  'AGENTS.md': '# Caf\u00e9\n',
  'GEMINI.md': '',
  '.github/copilot-instructions.md': '\n',
  '.mcp.json': '{"mcpServers":{"other":{"command":"x"}}}',
  '.claude/settings.local.json': '{\n\t"model": "opus"\n}\n',
  '.codex/config.toml': '# mine\nmodel = "m" # why\n\n[mcp_servers.other]\ncommand = "x"',
  '.gemini/settings.json': '{\r\n  // theme\r\n  "ui": { "theme": "dark" }\r\n}\r\n',
  'opencode.jsonc':
    '{\n  "mcp": {\n    /* one */ "other": { "type": "local", "command": ["x"] }, // trailing\n  },\n}\n',
};

describe.for(HOSTS)('%s', (host) => {
  test('is shown first what would be written, and nothing is', async ({ stage }) => {
    const answer = await init(stage, { host });
    expect(answer).toMatchObject({ written: false });
    expect(answer.next).toEqual([{ operation: 'init', input: { host, yes: true }, why: 'write it' }]);
    expect(answer.changes?.[0]).toMatchObject({ action: 'create', line: 1 });
    expect(answer.changes?.[0]?.added).toContain('## Commands that take long');
    expect(readdirSync(stage.folder)).toEqual([]);
  });

  test('gets its files, once, and --remove takes every one', async ({ stage }) => {
    for (const trust of [false, true]) {
      expect(await init(stage, { host, trust, yes: true })).toMatchObject({ written: true });
      const files = bytesIn(stage);
      const again = await init(stage, { host, trust, yes: true });
      expect([again.written, again.kept !== undefined, bytesIn(stage)]).toEqual([false, true, files]);
      const shown = await init(stage, { host, remove: true });
      expect([shown.written, bytesIn(stage)]).toEqual([false, files]);
      expect(await init(stage, { host, remove: true, yes: true })).toMatchObject({ written: true });
      expect(bytesIn(stage)).toEqual({});
    }
  });

  test('leaves a folder that was empty, and a file that was empty', async ({ stage }) => {
    const folders = ['.claude', '.codex', '.gemini', '.github'];
    for (const name of folders) mkdirSync(join(stage.folder, name));
    await init(stage, { host, trust: true, yes: true });
    await init(stage, { host, remove: true, yes: true });
    expect(readdirSync(stage.folder).sort()).toEqual(folders);
    for (const blank of ['', ' \n']) {
      for (const name of Object.keys(THEIRS)) put(stage, name, blank);
      const before = bytesIn(stage);
      expect(await init(stage, { host, trust: true, yes: true })).toMatchObject({ written: true });
      expect(bytesIn(stage)).not.toEqual(before);
      await init(stage, { host, remove: true, yes: true });
      expect(bytesIn(stage)).toEqual(before);
    }
  });

  test('leaves every byte of the user as it was', async ({ stage }) => {
    for (const [name, text] of Object.entries(THEIRS)) put(stage, name, text);
    const before = bytesIn(stage);
    for (const trust of [false, true]) {
      await init(stage, { host, trust, yes: true });
      for (const [name, bytes] of Object.entries(bytesIn(stage)))
        expect(isWithin(before[name] ?? '', bytes)).toBe(true);
      await init(stage, { host, remove: true, yes: true });
      expect(bytesIn(stage)).toEqual(before);
    }
  });

  test('changes from trust to no trust and back', async ({ stage }) => {
    await init(stage, { host, yes: true });
    const plain = bytesIn(stage);
    await init(stage, { host, yes: true, trust: true });
    await init(stage, { host, yes: true });
    if (host !== 'claude') expect(bytesIn(stage)).toEqual(plain); // the permissions in its settings stay
    await init(stage, { host, remove: true, yes: true });
    expect(bytesIn(stage)).toEqual({});
  });
});

describe('the server', () => {
  test('is pm-mcp where the PATH has it, else node and a path; both are said', async ({ stage }) => {
    const tools = join(stage.folder, 'tools');
    put(stage, 'tools/pm-mcp', '#!/bin/sh\n');
    chmodSync(join(tools, 'pm-mcp'), 0o755);
    const named = await init(stage, { host: 'codex', yes: true }, { PATH: tools });
    expect(read(stage, '.codex/config.toml')).toContain('command = "pm-mcp"\nargs = []\n');
    expect(named.notes?.[0]).toBe('The server is pm-mcp on the PATH; the host must have the same PATH.');
    const other = await init(stage, { host: 'codex' }, { PATH: join(stage.folder, 'node_modules/.bin') });
    expect(other.notes?.[0]).toMatch(/^pm-mcp is not on the PATH, so the server is node \/.*main\.cjs: a path of this/);
    expect(other.changes?.[1]).toMatchObject({
      action: 'change',
      line: 3,
      added: expect.arrayContaining(['command = "node"']),
    });
    put(stage, 'node_modules/.bin/pm-mcp', '#!/bin/sh\n');
    chmodSync(join(stage.folder, 'node_modules/.bin/pm-mcp'), 0o755);
    const byNpx = { PATH: join(stage.folder, 'node_modules/.bin'), npm_execpath: '/x/npm-cli.js' };
    expect((await init(stage, { host: 'codex' }, byNpx)).notes?.[0]).toMatch(/^pm-mcp is not on the PATH/);
  });

  test.for<[host: string, file: string, text: string]>([
    ['claude', '.mcp.json', '{"mcpServers":{"a":{"command":"x"},\n"pm":{"command":"/opt/other/pm"}}}'],
    ['gemini', '.gemini/settings.json', '{"mcpServers":{\n"pm":{"url":"https://example.org"}}}'],
    ['opencode', 'opencode.json', '{"mcp":{\n"pm":{"type":"remote","url":"https://example.org"}}}'],
    ['codex', '.codex/config.toml', '[mcp_servers]\npm = { command = "x" }\n'],
  ])(
    'of %s that has our name and is not ours is refused, and nothing is written',
    async ([host, file, text], { stage }) => {
      put(stage, file, text);
      const before = bytesIn(stage);
      for (const yes of [false, true])
        await expect(init(stage, { host, yes })).rejects.toMatchObject({
          code: 'usage',
          message: expect.stringMatching(/has another server of the name pm: .*\. Nothing was written\.$/),
        });
      expect(bytesIn(stage)).toEqual(before);
    },
  );

  test.for<[host: string, file: string, text: string]>([
    [
      'claude',
      '.mcp.json',
      '{"mcpServers":{"process-monitor":{"command":"node","args":["/x/apps/mcp/dist/main.cjs"]}}}',
    ],
    ['opencode', 'opencode.json', '{"mcp":{"process-monitor":{"type":"local","command":["pm-mcp"]}}}'],
    ['codex', '.codex/config.toml', '[mcp_servers.process-monitor]\ncommand = "pm-mcp"\n'],
    ['gemini', '.gemini/settings.json', '{"mcpServers":{"pm":{"command":"pm-mcp","timeout":5}}}'],
  ])('of %s that the user has registered stays as it is', async ([host, file, text], { stage }) => {
    put(stage, file, text);
    const { changes } = await init(stage, { host, yes: true });
    expect(changes?.[1]).toMatchObject({ action: 'keep', why: expect.stringMatching(/process-monitor|of its own/) });
    expect(read(stage, file)).toBe(text);
    await init(stage, { host, remove: true, yes: true });
    expect(bytesIn(stage)).toEqual({ [file]: text });
  });

  test('entry that somebody has edited is theirs', async ({ stage }) => {
    await init(stage, { host: 'gemini', yes: true });
    const edited = read(stage, '.gemini/settings.json').replace('1800000', '5');
    put(stage, '.gemini/settings.json', edited);
    for (const remove of [false, true])
      expect((await init(stage, { host: 'gemini', remove, yes: true })).changes?.[1]).toMatchObject({ action: 'keep' });
    expect(read(stage, '.gemini/settings.json')).toBe(edited);
  });

  test('permissions that the user has in Claude Code are only named', async ({ stage }) => {
    put(stage, '.claude/settings.local.json', '{"permissions":{"allow":["Bash(ls:*)"]}}');
    const { changes } = await init(stage, { host: 'claude', trust: true, yes: true });
    expect(changes?.[2]?.why).toBe('"permissions.allow" in line 1 is yours; add ["mcp__pm"] to it');
    expect(JSON.parse(read(stage, '.claude/settings.local.json'))).toEqual({
      enabledMcpjsonServers: ['pm'],
      permissions: { allow: ['Bash(ls:*)'] },
    });
  });
});

describe('a file that cannot be changed', () => {
  test.for<[what: string, host: string, file: string, text: string, told: RegExp]>([
    [
      'broken JSON',
      'claude',
      '.mcp.json',
      '{\n  "mcpServers": {,}\n}',
      /not valid JSON: a value is missing, or .* \(line 2, column 18\)/,
    ],
    [
      'JSON with a comment, which Claude Code does not read',
      'claude',
      '.mcp.json',
      '{ // c\n}',
      /does not read comments \(line 1, column 3\)/,
    ],
    ['broken TOML', 'codex', '.codex/config.toml', 'a = 1\nb = \n', /not valid TOML \(.*, line 2, column \d+\)/],
    [
      'a closed table',
      'codex',
      '.codex/config.toml',
      'mcp_servers = { a = { command = "x" } }\n',
      /cannot be added at its end/,
    ],
    ['a list for an object', 'opencode', 'opencode.json', '{"mcp": []}', /"mcp" in line 1 is not an object/],
  ])('%s: it is said where, and nothing is written', async ([, host, file, text, told], { stage }) => {
    put(stage, file, text);
    for (const yes of [false, true])
      await expect(init(stage, { host, yes })).rejects.toMatchObject({
        code: 'usage',
        message: expect.stringMatching(told),
      });
    expect(bytesIn(stage)).toEqual({ [file]: text });
  });

  test('a read-only file stays, and so does a folder in its place', async ({ stage }) => {
    put(stage, 'GEMINI.md', 'mine\n');
    chmodSync(join(stage.folder, 'GEMINI.md'), 0o444);
    await expect(init(stage, { host: 'gemini', yes: true })).rejects.toMatchObject({
      code: 'directory-unusable',
      message: expect.stringContaining('it is read-only'),
    });
    expect(bytesIn(stage)).toEqual({ 'GEMINI.md': 'mine\n' });
    mkdirSync(join(stage.folder, 'AGENTS.md'));
    await expect(init(stage, { host: 'codex', yes: true })).rejects.toMatchObject({ code: 'directory-unusable' });
  });

  test.skipIf(!canMount())('on a full disk stays as it was', async ({ stage }) => {
    await withTinyDisk(stage, async () => {
      const theirs = '{\n  "a": 1\n}\n';
      writeFileSync(join(stage.dir, '.mcp.json'), theirs);
      await init(stage, { host: 'cursor', yes: true, dir: join(stage.dir, '.pm') });
      fill(stage);
      await expect(init(stage, { host: 'claude', yes: true, dir: join(stage.dir, '.pm') })).rejects.toMatchObject({
        code: 'directory-unusable',
        message: expect.stringContaining('ENOSPC'),
      });
      expect(readFileSync(join(stage.dir, '.mcp.json'), 'utf8')).toBe(theirs);
      expect(readdirSync(stage.dir).sort()).toEqual(['.mcp.json', 'AGENTS.md', 'ballast']);
    });
  });
});

describe('instructions', () => {
  test('say how this program is called, if not by its name', async ({ stage }) => {
    const { content } = await init(stage, { host: 'codex', yes: true });
    expect(content).toBe(read(stage, 'AGENTS.md'));
    expect(content).toContain('\n`pm` stands for `node /opt/pm.cjs` in every call below.\n');
    expect(content.match(/node \/opt/g)).toHaveLength(1);
  });

  test('stay for another agent that reads the same file', async ({ stage }) => {
    await init(stage, { host: 'codex', yes: true });
    const text = read(stage, 'AGENTS.md');
    expect((await init(stage, { host: 'opencode', yes: true })).changes?.[0]).toMatchObject({ action: 'keep' });
    symlinkSync('AGENTS.md', join(stage.folder, 'CLAUDE.md'));
    await init(stage, { host: 'claude', yes: true });
    for (const host of ['claude', 'opencode']) {
      expect((await init(stage, { host, remove: true, yes: true })).changes?.[0]).toMatchObject({
        action: 'keep',
        why: 'codex reads it, too',
      });
      expect(read(stage, 'AGENTS.md')).toBe(text);
    }
    await init(stage, { host: 'codex', remove: true, yes: true });
    expect(readdirSync(stage.folder)).toEqual(['.codex', 'CLAUDE.md']); // the folder is empty
  });

  test('go through a link, and keep the mode', async ({ stage }) => {
    put(stage, 'docs/agents.md', '# Ours');
    chmodSync(join(stage.folder, 'docs/agents.md'), 0o640);
    symlinkSync('docs/agents.md', join(stage.folder, 'CLAUDE.md'));
    await init(stage, { host: 'claude', yes: true });
    expect(read(stage, 'docs/agents.md')).toMatch(/^# Ours\n\n<!-- pm:begin/);
    expect(statSync(join(stage.folder, 'docs/agents.md')).mode & 0o777).toBe(0o640);
    expect(readlinkSync(join(stage.folder, 'CLAUDE.md'))).toBe('docs/agents.md');
  });
});

test.for<[what: string, link: string, to: string]>([
  ['a file', 'CLAUDE.md', 'mine.md'],
  ['a file that is not there yet', '.mcp.json', 'none.json'],
  ['a folder', '.claude', ''],
])('a link that leads %s out of the project is not followed', async ([, link, to], { stage }) => {
  const outside = mkdtempSync(join(tmpdir(), 'pm-outside-'));
  if (to === 'mine.md') writeFileSync(join(outside, to), 'mine');
  symlinkSync(join(outside, to), join(stage.folder, link));
  for (const yes of [false, true])
    await expect(init(stage, { host: 'claude', trust: true, yes })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('not in the project'),
    });
  expect(readdirSync(stage.folder)).toEqual([link]);
  expect(readdirSync(outside)).toEqual(to === 'mine.md' ? [to] : []);
  rmSync(outside, { recursive: true });
});

test.for<[what: string, host: string, link: string, to: string]>([
  ['a file', 'gemini', 'GEMINI.md', 'docs/none.md'],
  ['settings', 'claude', '.mcp.json', 'none.json'],
  ['a folder', 'codex', '.codex', 'none'],
  ['a folder outside', 'gemini', '.gemini', '../pm-none'],
  ['the first of two links', 'claude', 'CLAUDE.md', 'AGENTS.md'],
])('a link in place of %s that leads to nothing is not written through', async ([, host, link, to], { stage }) => {
  symlinkSync(to, join(stage.folder, link));
  if (to === 'AGENTS.md') symlinkSync('none.md', join(stage.folder, to));
  const before = readdirSync(stage.folder);
  for (const yes of [false, true])
    await expect(init(stage, { host, yes })).rejects.toMatchObject({
      code: 'usage',
      message: `${join(stage.folder, link)} is a link to ${to}, which does not exist. Nothing was written.`,
    });
  expect(readdirSync(stage.folder)).toEqual(before);
  expect(await init(stage, { host, remove: true, yes: true })).toMatchObject({ written: false });
  expect(readlinkSync(join(stage.folder, link))).toBe(to);
});

test('Claude Code may call pm in a shell only where a shell finds it', async ({ stage }) => {
  const allowed = () => JSON.parse(read(stage, '.claude/settings.local.json')).permissions.allow;
  const { notes } = await init(stage, { host: 'claude', trust: true, yes: true });
  expect(notes?.at(-1)).toMatch(/^The PATH has no pm, so no permission .* npm run link /);
  expect(allowed()).toEqual(['mcp__pm']);
  const linked = await init(stage, { host: 'claude', trust: true, yes: true }, MCP_ON_PATH, 'pm');
  expect(linked.notes?.join(' ')).not.toContain('npm run link');
  expect(allowed()).toEqual(['mcp__pm', 'Bash(pm:*)']);
  await init(stage, { host: 'claude', trust: true, yes: true });
  expect(allowed()).toEqual(['mcp__pm']);
  await init(stage, { host: 'claude', remove: true, yes: true }, MCP_ON_PATH, 'pm');
  expect(bytesIn(stage)).toEqual({});
});

test('--notify lets Codex be told, and belongs to Codex alone', async ({ stage }) => {
  put(stage, 'pm.config.json', '{\n  "defaults": {\n    "timeout": "30m"\n  }\n}\n');
  const before = bytesIn(stage);
  await init(stage, { host: 'codex', notify: true, yes: true });
  expect(JSON.parse(read(stage, 'pm.config.json')).defaults).toEqual({ notify: ['codex'], timeout: '30m' });
  await init(stage, { host: 'codex', remove: true, yes: true });
  expect(bytesIn(stage)).toEqual(before);
  put(stage, 'pm.config.json', '{"defaults":{"notify":["desktop"]}}');
  const { changes } = await init(stage, { host: 'codex', notify: true, yes: true });
  expect(changes?.at(-1)?.why).toBe('"defaults.notify" in line 1 is yours; add ["codex"] to it');
  await expect(init(stage, { host: 'gemini', notify: true })).rejects.toMatchObject({
    code: 'usage',
    message: '--notify is for Codex. A session of gemini cannot be sent anything.',
  });
});

test.for([
  ['claude', { trust: true }],
  ['codex', { trust: true, notify: true }],
  ['gemini', { trust: true }],
] as const)('%s loses the trust that a later call does not ask for', async ([host, more], { stage }) => {
  await init(stage, { host, yes: true });
  const before = bytesIn(stage);
  await init(stage, { host, ...more, yes: true });
  expect(bytesIn(stage)).not.toEqual(before);
  await init(stage, { host, yes: true });
  expect(bytesIn(stage)).toEqual(before);
});

test('--trust, --notify and --remove need a host', async ({ stage }) => {
  for (const input of [{ trust: true }, { notify: true }, { remove: true, yes: true }])
    await expect(init(stage, input)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('--host'),
    });
  expect(readdirSync(stage.folder)).toEqual([]);
});

async function init(stage: Stage, input: object, env: object = MCP_ON_PATH, invocation = 'node /opt/pm.cjs') {
  const operation = await operations.init();
  const { PM_DIR: _, ...rest } = stage.env;
  return operation.run(operation.input.parse(input), {
    cwd: stage.folder,
    env: { ...rest, ...env },
    signal: new AbortController().signal,
    invocation,
  });
}

function put({ folder }: Stage, name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text, 'latin1');
}

function read({ folder }: Stage, name: string): string {
  return readFileSync(join(folder, name), 'utf8');
}

/** Every file in the project, byte for byte. */
function bytesIn({ folder }: Stage): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  const files = names.filter((name) => lstatSync(join(folder, name)).isFile());
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(folder, name), 'latin1')]));
}

/** Whether the longer text is the shorter one with one piece more. */
function isWithin(shorter: string, longer: string): boolean {
  let start = 0;
  while (start < shorter.length && shorter[start] === longer[start]) start++;
  return longer.endsWith(shorter.slice(start));
}

describe('the status line of Claude Code', () => {
  const SETTINGS = '.claude/settings.local.json';
  const home = (stage: Stage) => ({ HOME: join(stage.folder, 'home') });
  const ask = (stage: Stage, input: object) => init(stage, { host: 'claude', yes: true, ...input }, home(stage), 'pm');
  const statusLineIn = (stage: Stage): unknown =>
    JSON.parse(readFileSync(join(stage.folder, SETTINGS), 'utf8')).statusLine;

  test('is set, stays when a later call does not ask for it, and is taken away', async ({ stage }) => {
    await ask(stage, { statusLine: true });
    expect(statusLineIn(stage)).toEqual({ type: 'command', refreshInterval: 10, command: 'pm ls --oneline' });
    await ask(stage, { trust: true });
    expect(statusLineIn(stage)).toMatchObject({ command: 'pm ls --oneline' });
    expect(await ask(stage, { remove: true })).toMatchObject({ written: true });
    expect(bytesIn(stage)).toEqual({});
  });

  test.for(['before', 'after'])('does not keep a trust that is taken back, written %s it', async (when, { stage }) => {
    await ask(stage, when === 'before' ? { trust: true } : { statusLine: true });
    await ask(stage, { trust: true, statusLine: true });
    await ask(stage, {});
    expect(Object.keys(JSON.parse(readFileSync(join(stage.folder, SETTINGS), 'utf8')))).toEqual(['statusLine']);
    await ask(stage, { remove: true });
    expect(bytesIn(stage)).toEqual({});
  });

  test.for(['.claude/settings.json', 'home/.claude/settings.json'])(
    'of the user in %s stays, and the answer says so',
    async (file, { stage }) => {
      put(stage, file, '{"statusLine": {"type": "command", "command": "mine.sh"}}');
      const before = bytesIn(stage);
      const { notes } = await ask(stage, { statusLine: true });
      expect(notes?.at(-1)).toContain(
        `You already have a status line, in ${join(stage.folder, file)}. It was not changed.`,
      );
      expect(bytesIn(stage)).toMatchObject(before);
      expect(bytesIn(stage)).not.toHaveProperty([SETTINGS]);
    },
  );

  test('of the user in the same file stays to the byte', async ({ stage }) => {
    put(stage, SETTINGS, '{ "statusLine": {"type": "command", "command": "mine.sh"} }');
    const { changes } = await ask(stage, { statusLine: true });
    expect(changes?.find(({ file }) => file.endsWith(SETTINGS))).toMatchObject({
      action: 'keep',
      why: expect.stringContaining('is yours; to show the runs there too'),
    });
    await ask(stage, { remove: true });
    expect(bytesIn(stage)[SETTINGS]).toBe('{ "statusLine": {"type": "command", "command": "mine.sh"} }');
  });

  test('belongs to Claude Code alone', async ({ stage }) => {
    await expect(init(stage, { host: 'codex', statusLine: true })).rejects.toThrow(/is for Claude Code/);
    await expect(init(stage, { statusLine: true })).rejects.toThrow(/--status-line needs the host/);
  });
});

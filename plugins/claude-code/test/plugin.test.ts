import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { built } from '@pm/testing';
import { test as base, describe, expect } from 'vitest';
// @ts-expect-error plain JavaScript: the host runs it as it is
import { MOST_ENDINGS, summaryOf } from '../hooks/summary.mjs';

const PLUGIN = fileURLToPath(new URL('..', import.meta.url));
const ROOT = join(PLUGIN, '../..');

/** The plugin as a host copies it, alone and under a path with spaces, and a project to use it in. */
interface Installed {
  readonly plugin: string;
  readonly project: string;
  pm(...args: string[]): { status: number | null; stdout: string };
  /** What the hook prints for this message of the host. */
  start(message: string): { status: number | null; stdout: string; stderr: string };
  /** What the hook at the end of a turn prints. */
  endTurn(message: string): { status: number | null; stdout: string; stderr: string };
}

const test = base.extend<{ installed: Installed }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest wants a pattern
  installed: async ({}, use) => {
    built(join(PLUGIN, 'dist/pm/main.cjs'));
    const folder = mkdtempSync(join(tmpdir(), 'pm plugin '));
    const [plugin, project] = [join(folder, 'the plugin'), join(folder, 'a project')];
    cpSync(PLUGIN, plugin, { recursive: true, filter: (path) => !path.includes('node_modules') });
    mkdirSync(join(project, '.git'), { recursive: true });
    const { PM_DIR: _, CLAUDE_CODE_SESSION_ID: __, ...rest } = process.env;
    const temporary = join(folder, 'tmp');
    mkdirSync(temporary);
    const env = { ...rest, PM_RESIDENT: 'off', TMPDIR: temporary };
    const options = { cwd: project, env, encoding: 'utf8' } as const;
    const pm: Installed['pm'] = (...args) => spawnSync(join(plugin, 'bin/pm'), args, options);
    await use({
      plugin,
      project,
      pm,
      start: (input) => spawnSync('node', [join(plugin, 'hooks/session-start.mjs')], { ...options, input }),
      endTurn: (input) => spawnSync('sh', [join(plugin, 'hooks/turn-ended.sh')], { ...options, input }),
    });
    for (const { step } of JSON.parse(pm('ls', '--json').stdout || '{"runs":[]}').runs) pm('stop', step, '--force');
    await rm(folder, { recursive: true, force: true, maxRetries: 50 });
  },
});

describe('installed, the plugin', () => {
  test('brings pm, also through a link', ({ installed: { plugin, project, pm } }) => {
    expect(pm('start', '--wait', 'it', '--', 'true')).toMatchObject({ status: 0 });
    symlinkSync(join(plugin, 'bin/pm'), join(project, 'linked'));
    const { status, stdout } = spawnSync(join(project, 'linked'), ['--version'], { encoding: 'utf8' });
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^\d/)]);
  });

  test('proposes calls that a permission for pm covers', ({ installed: { plugin, project } }) => {
    const bin = join(plugin, 'bin');
    const { PM_DIR: _, ...rest } = process.env;
    for (const [path, begin] of [
      [`${bin}:${rest['PATH']}`, 'pm '],
      [rest['PATH'], `node '${join(plugin, 'dist/pm/main.cjs')}' `],
    ] as const) {
      const env = { ...rest, PATH: path, PM_RESIDENT: 'off' };
      const options = { cwd: project, env, encoding: 'utf8' } as const;
      const { stdout } = spawnSync(
        join(bin, 'pm'),
        ['start', '--wait', 'it', '--', 'sh', '-c', 'seq 60; exit 3'],
        options,
      );
      const [, call = ''] = /next: (.*?logs it.*?)(?: \(|$)/m.exec(stdout) ?? [];
      expect(call.startsWith(`${begin}logs it`)).toBe(true);
      expect(spawnSync('sh', ['-c', call], options)).toMatchObject({
        status: 0,
        stdout: expect.stringContaining('60'),
      });
    }
  });

  test('brings the tools, and they know the project', ({ installed: { plugin, project } }) => {
    const { mcpServers } = JSON.parse(readFileSync(join(plugin, '.mcp.json'), 'utf8'));
    const args = mcpServers.pm.args.map((arg: string) => arg.replace(/^\$\{CLAUDE_PLUGIN_ROOT\}/, plugin));
    const hello = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '1' } };
    const input = `${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: hello })}\n`;
    const { stdout, status } = spawnSync(mcpServers.pm.command, args, { cwd: project, encoding: 'utf8', input });
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ id: 1, result: { serverInfo: { name: expect.any(String) } } });
  });

  test('says nothing at the start of a session when there is nothing, and makes nothing', ({ installed }) => {
    const { start, project } = installed;
    expect(start(message(project, 'one'))).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(readdirSync(project)).toEqual(['.git']);
  });

  test('tells a session what still runs, again after a compaction', ({ installed: { start, project, pm } }) => {
    pm('start', 'long', '--', 'sleep', '1000');
    for (const session of ['one', 'one', 'two']) {
      const { hookSpecificOutput } = JSON.parse(start(message(project, session)).stdout);
      expect(hookSpecificOutput).toMatchObject({ hookEventName: 'SessionStart' });
      expect(hookSpecificOutput.additionalContext).toMatch(/\n- long: running, after \d+s; pm wait long/);
    }
  });

  test('tells every ending to a session once, however many there are', ({ installed }) => {
    const { start, endTurn, project, pm } = installed;
    const steps = Array.from({ length: 13 }, (_, n) => `step-${n}`);
    const job = [join(ROOT, 'packages/operations/assets/contract-job.sh'), 'until', join(project, 'cue')];
    for (const step of steps) pm('start', step, '--', ...job);
    writeFileSync(join(project, 'cue'), '');
    while (JSON.parse(pm('ls', '--json').stdout).runs.some(({ state }: { state: string }) => state !== 'ended'));
    const texts: string[] = [];
    for (let told = start(message(project, 'one')).stdout; told !== ''; told = start(message(project, 'one')).stdout) {
      texts.push(JSON.parse(told).hookSpecificOutput.additionalContext);
      expect(endTurn(message(project, 'one'))).toMatchObject({ status: 0, stdout: '', stderr: '' });
    }
    expect(texts[0]).toMatch(/\n- .*\b3 more runs .*: pm recover/);
    const told = [...texts.join('\n').matchAll(/^- (step-\d+): success/gm)].map(([, step]) => step);
    expect(told.sort()).toEqual(steps.sort());
  });

  test('tells an ending again if no turn followed', ({ installed: { start, endTurn, project, pm } }) => {
    pm('start', 'done', '--', 'true');
    while (JSON.parse(pm('ls', '--json').stdout).runs[0].state !== 'ended');
    const tells = (session: string): boolean => start(message(project, session)).stdout.includes('done: success');
    expect([tells('one'), tells('one'), tells('two')]).toEqual([true, true, true]);
    for (const other of ['three', 'no JSON']) endTurn(other === 'three' ? message(project, other) : other);
    expect(tells('one')).toBe(true);
    endTurn(message(project, 'one'));
    expect([tells('one'), tells('one')]).toEqual([false, false]);
  });

  test('is not in the way of a session, whatever the host says and whatever is broken', ({ installed }) => {
    const { start, plugin, project } = installed;
    for (const input of ['', 'no JSON', '[]', '{"cwd":"/no/where"}', '{"session_id":7}', '{"cwd":5}', 'null'])
      expect(start(input)).toMatchObject({ status: 0, stdout: '' });
    rmSync(join(plugin, 'dist'), { recursive: true });
    expect(start(message(project, 'one'))).toMatchObject({ status: 0, stdout: '' });
    expect(spawnSync(join(plugin, 'bin/pm'), ['ls'], { encoding: 'utf8' })).toMatchObject({
      status: 125,
      stderr: expect.stringContaining('npm start'),
    });
  });
});

describe('a summary', () => {
  const run = { state: 'ended', outcome: 'failed', exitCode: 1, elapsedMs: 7_260_000, advice: 'raise-limit' };
  const live = { state: 'running', elapsedMs: 7_260_000 };

  test.each(['train', 's'.repeat(64)])('names every ending in it, within a kilobyte: %s', (name) => {
    const endings = Array.from({ length: MOST_ENDINGS }, (_, n) => ({ ...run, step: `${n}${name}`.slice(0, 64) }));
    const lives = Array.from({ length: 40 }, (_, n) => ({ ...live, step: `live-${n}` }));
    const next = [{ operation: 'recover', input: {}, why: 'see 30 more runs that have ended' }];
    const summary = summaryOf({ runs: [...endings, ...lives], next });
    expect(Buffer.byteLength(summary)).toBeLessThanOrEqual(1_000);
    for (const { step } of endings) expect(summary).toContain(`\n- ${step}: failed`);
    expect(summary).toContain('\n- see 30 more runs that have ended: pm recover\n');
    expect(summary).toMatch(/\n- \d+( more)? still running: pm ls$/);
  });

  test('of few runs has the next call of each', () => {
    const runs = [
      { ...run, step: 'tests', back: 1 },
      { ...live, step: 'web' },
    ];
    expect(summaryOf({ runs, next: [] }).split('\n').slice(1)).toEqual([
      '- tests: failed (exit 1) after 2h1m, advice: raise-limit; pm status tests~1',
      '- web: running, after 2h1m; pm wait web (in a background shell)',
    ]);
  });
});

describe('as it is shipped, the plugin', () => {
  test('teaches what pm init --host writes, word for word', () => {
    const guidance = read('packages/operations/assets/guidance.md');
    expect(read('plugins/claude-code/skills/process-monitor/SKILL.md')).toMatch(
      /^---\nname: process-monitor\ndescription: .{1,1536}\n---\n\n/,
    );
    expect(read('plugins/claude-code/skills/process-monitor/SKILL.md').endsWith(`---\n\n${guidance}`)).toBe(true);
    expect(Buffer.byteLength(read('plugins/claude-code/skills/process-monitor/SKILL.md'))).toBeLessThanOrEqual(2_000);
  });

  test('is found by the marketplace of the checkout, under one version', () => {
    const { plugins } = JSON.parse(read('.claude-plugin/marketplace.json'));
    const [{ name, source }] = plugins;
    const manifest = JSON.parse(read(join(source, '.claude-plugin/plugin.json')));
    expect(manifest).toMatchObject({ name, version: JSON.parse(read(join(source, 'package.json'))).version });
  });

  test('is released whenever an app is that it carries', () => {
    const { dependencies } = JSON.parse(read('plugins/claude-code/package.json'));
    // The exact version: a range that still holds would not make changesets release it.
    expect(dependencies).toEqual({ '@pm/cli': 'workspace:*', '@pm/mcp': 'workspace:*' });
  });

  test('names only files that it has', () => {
    const { hooks } = JSON.parse(read('plugins/claude-code/hooks/hooks.json'));
    const [{ args }] = hooks.SessionStart[0].hooks;
    expect(existsSync(args[0].replace(/^\$\{CLAUDE_PLUGIN_ROOT\}/, PLUGIN))).toBe(true);
  });
});

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

function message(cwd: string, session_id: string): string {
  return JSON.stringify({ hook_event_name: 'SessionStart', source: 'startup', session_id, cwd });
}

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { built } from '@pm/testing';
import { describe, expect, test } from 'vitest';
// @ts-expect-error plain JavaScript: npm run version runs it as it is
import { MANIFESTS } from '../scripts/version-manifests.mjs';
import { ROOT } from './repository.ts';

// plugins/portable: an Agent Plugin for Codex, an extension of Gemini CLI and an MCP bundle. The real hosts install it in release/.

const PLUGIN = join(ROOT, 'plugins/portable');

test.each(Object.entries(MANIFESTS as Record<string, string>))('%s has the version of %s', (manifest, folder) => {
  const { version } = json(`${folder}/package.json`);
  const stated = [...read(manifest).matchAll(/"version": "([^"]*)"/g)].map(([, one]) => one);
  expect(stated.length).toBeGreaterThan(0);
  expect(new Set(stated)).toEqual(new Set([version]));
});

describe('the MCP bundle', () => {
  test('has the server alone; packed, unpacked and started, it runs a command in the chosen folder', async () => {
    const { folder, bundle } = pack();
    try {
      const [unpacked, project] = [join(folder, 'installed'), join(folder, 'my project')];
      mkdirSync(project);
      mcpb('unpack', bundle, unpacked);
      expect(readdirSync(unpacked).sort()).toEqual(['dist', 'manifest.json']);
      const { server } = JSON.parse(readFileSync(join(unpacked, 'manifest.json'), 'utf8'));
      expect(existsSync(join(unpacked, server.entry_point))).toBe(true);
      const filled = JSON.parse(
        JSON.stringify(server.mcp_config)
          .replaceAll(`\${__dirname}`, unpacked)
          .replaceAll(`\${user_config.project}`, project),
      );
      expect(await runBy(filled, '/')).toMatchObject({ outcome: 'success', result: { cwd: project } });
      expect(existsSync(join(project, '.pm'))).toBe(true);
    } finally {
      await rm(folder, { recursive: true, force: true, maxRetries: 50 });
    }
  });
});

describe('the Agent Plugin', () => {
  test('is found by the marketplace of the checkout', () => {
    const [{ name, source }] = json('.agents/plugins/marketplace.json').plugins;
    expect(json(join(source.path, 'plugin.json'))).toMatchObject({ name });
  });

  test('has only the fields that the format knows', () => {
    const known = '$schema name version description author homepage repository license keywords extensions'.split(' ');
    expect(Object.keys(json('plugins/portable/plugin.json')).filter((field) => !known.includes(field))).toEqual([]);
  });

  test.each(['mcp.json', 'gemini-extension.json'])('%s names only files that it has', (manifest) => {
    const [path] = json(`plugins/portable/${manifest}`).mcpServers.pm.args;
    built(join(PLUGIN, path.replace(/^\$\{\w+\}/, '').replaceAll(`\${/}`, '/')));
  });

  test('its skill names only tools and arguments that there are', () => {
    const skill = read('plugins/portable/skills/process-monitor/SKILL.md');
    expect(skill).toMatch(/^---\nname: process-monitor\ndescription: .{1,1024}\n---\n\n/);
    expect(Buffer.byteLength(skill)).toBeLessThan(2_000);
    const { tools } = json('apps/mcp/src/tools/tool-list.json') as { tools: { name: string; inputSchema: object }[] };
    const names = [...skill.matchAll(/\b[a-z]+_(?:runs?|status|logs)\b/g)].map(([name]) => name);
    expect(tools.map(({ name }) => name)).toEqual(expect.arrayContaining([...new Set(names)]));
  });
});

function pack(): { folder: string; bundle: string } {
  built(join(PLUGIN, 'dist/mcp/main.cjs'));
  const folder = mkdtempSync(join(tmpdir(), 'pm mcpb '));
  mcpb('validate', join(PLUGIN, 'manifest.json'));
  mcpb('pack', PLUGIN, join(folder, 'pm.mcpb'));
  return { folder, bundle: join(folder, 'pm.mcpb') };
}

function mcpb(...args: string[]): void {
  const { status, stdout, stderr } = spawnSync(join(ROOT, 'node_modules/.bin/mcpb'), args, { encoding: 'utf8' });
  expect([status, status === 0 || `${stdout}${stderr}`]).toEqual([0, true]);
}

/** Starts a server as a host does, and returns what `start_run` answers of a command that reports its folder. */
async function runBy(
  { command, args, env }: { command: string; args: string[]; env: Record<string, string> },
  cwd: string,
): Promise<unknown> {
  const server = spawn(command, args, {
    cwd,
    env: { ...process.env, PM_RESIDENT: 'off', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const program = join(ROOT, 'apps/mcp/test/fixtures/tells-its-folder.sh');
  const ask = (id: number, method: string, params: object): void =>
    void server.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
  ask(1, 'initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '1' } });
  ask(2, 'tools/call', { name: 'start_run', arguments: { step: 'it', command: [program], wait: true } });
  try {
    for await (const line of createInterface({ input: server.stdout })) {
      const { id, result } = JSON.parse(line);
      if (id === 2) return result.structuredContent;
    }
    return undefined;
  } finally {
    server.stdin.end();
  }
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

// biome-ignore lint/suspicious/noExplicitAny: manifests of several forms
function json(path: string): any {
  return JSON.parse(read(path));
}

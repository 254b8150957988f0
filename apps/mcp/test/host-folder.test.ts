import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CallToolResult, Client } from '@modelcontextprotocol/client';
import { expect } from 'vitest';
import { serverFor } from '../src/serve/server.ts';
import { connect } from './server.ts';
import { facts, job, type Stage, test, textOf } from './stage.ts';

// A host may start the server in the folder of a plugin. Codex then names the folder of the thread with each call.

// The folder of the stage is that of the plugin, in which the host starts the server.

test('a call works in the folder that the host names', async ({ stage }) => {
  const project = projectIn(stage, 'my project');
  const client = await connect(stage.serve({ PLUGIN_ROOT: stage.folder }), 'legacy');
  expect(client.getServerCapabilities()?.experimental).toEqual({ 'codex/sandbox-state-meta': {} });
  expect(facts(await callFrom(client, pathToFileURL(project).href))).toMatchObject({ result: { cwd: project } });
  expect([stage.folder, project].map((path) => existsSync(join(path, '.pm')))).toEqual([false, true]);
});

test('without a usable one nothing is written into the folder of a plugin', async ({ stage }) => {
  const client = await connect(stage.serve({ PLUGIN_ROOT: stage.folder }), 'legacy');
  const hostile = [undefined, '', 'https://example.org/', 'file:///no/such/folder', 7, null, 'file:///%00', ['x']];
  for (const named of hostile)
    expect(textOf(await callFrom(client, named))).toMatch(/^usage: The host has started .*\nnext: .*PM_DIR/);
  expect(existsSync(join(stage.folder, '.pm'))).toBe(false);
});

test('PM_DIR comes before the folder that the host names', async ({ stage }) => {
  const [project, other] = [projectIn(stage, 'project'), projectIn(stage, 'other')];
  const client = await connect(stage.serve({ PLUGIN_ROOT: stage.folder, PM_DIR: join(project, '.pm') }), 'legacy');
  expect(facts(await callFrom(client, pathToFileURL(other).href))).toMatchObject({ result: { cwd: project } });
});

test('a client of the modern era, and one over HTTP, names no folder', async ({ stage }) => {
  const client = await stage.client('auto');
  expect(client.getServerCapabilities()?.experimental).toBeUndefined();
  const overHttp = serverFor('legacy', { environment: { cwd: '/', env: {} } } as never);
  expect(overHttp.getCapabilities()).toEqual({ tools: {} });
});

function projectIn({ folder }: Stage, name: string): string {
  mkdirSync(join(folder, name));
  writeFileSync(join(folder, name, 'package.json'), '{}');
  return join(folder, name);
}

/** The answer to a run that reports its working directory, called as Codex does it. */
async function callFrom(client: Client, sandboxCwd: unknown): Promise<CallToolResult> {
  const command = [job('tells-its-folder.sh')];
  const _meta = { 'codex/sandbox-state-meta': { sandboxCwd } };
  const params = { name: 'start_run', arguments: { step: 'it', command, wait: true }, _meta };
  return (await client.callTool(params)) as CallToolResult;
}

import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { blocksOf, textOf } from '../test/page.ts';
import { run } from './rehearsal.ts';

// The programs, installed for a user, and the patch that follows while a run of the version before is live.

const { first, patch } = inject('released');
const place = inject('place');
const prefix = join(place, 'global');
const project = join(place, 'user-project');
const env = {
  ...inject('registryEnv'),
  npm_config_prefix: prefix,
  XDG_STATE_HOME: join(place, 'state'),
  PATH: `${join(prefix, 'bin')}:${process.env['PATH']}`,
};
const pm = (...args: string[]): string => run(project, env, join(prefix, 'bin/pm'), ...args);

test('npm install -g brings pm and pm-mcp, and nothing else', async () => {
  mkdirSync(project);
  run(place, env, 'npm', 'install', '-g', `@pm/cli@${first['@pm/cli']}`, `@pm/mcp@${first['@pm/mcp']}`);
  expect(pm('--version').trim()).toBe(first['@pm/cli']);
  expect(pm('start', 'hello', '--wait', '--', 'echo', 'hello')).toContain('success');
  expect(await discovered()).toMatchObject({ serverInfo: { version: first['@pm/mcp'] } });
  expect(run(place, env, 'npm', 'ls', '-g', '--all', '--parseable').trim().split('\n').slice(1).sort()).toEqual(
    ['cli', 'mcp'].map((name) => join(prefix, 'lib/node_modules/@pm', name)),
  );
});

test('an upgrade takes over the live runs of the version before', () => {
  pm('start', 'live', '--timeout', '10m', '--', 'sh', '-c', 'until [ -e go ]; do sleep 0.1; done; exit 7');
  run(place, env, 'npm', 'install', '-g', '@pm/cli@latest', '@pm/mcp@latest');
  expect(pm('--version').trim()).toBe(patch['@pm/cli']);
  expect(JSON.parse(pm('ls', '--json')).runs).toMatchObject([{ step: 'live', state: 'running' }, { step: 'hello' }]);
  expect(pmAnyway('start', 'live', '--', 'true')).toContain('already-running');
  run(project, env, 'touch', 'go');
  const failed = pmAnyway('wait', 'live', '--json');
  expect(JSON.parse(failed).runs).toMatchObject([{ step: 'live', outcome: 'failed', exitCode: 7 }]);
  expect(pm('start', 'after', '--wait', '--', 'true')).toContain('success');
});

test('the lines of the page to install, for what is published, are right', () => {
  const [, published = ''] = textOf('docs/how-to/install.md').split('## After it is published');
  const lines = blocksOf(published).flatMap(({ language, text }) => (language === 'sh' ? text.trim().split('\n') : []));
  expect(lines.length).toBeGreaterThan(1);
  for (const line of lines) run(project, env, 'sh', '-c', line);
});

test('npx runs it without an installation', () => {
  const elsewhere = { ...env, npm_config_prefix: join(place, 'nowhere'), PATH: process.env['PATH'] };
  const said = run(project, elsewhere, 'npx', '--yes', '@pm/cli', 'start', 'by-npx', '--wait', '--', 'true');
  expect(said).toContain('success');
});

function pmAnyway(...args: string[]): string {
  try {
    return pm(...args);
  } catch (error) {
    return /\n(\{.*\})/.exec(String(error))?.[1] ?? String(error);
  }
}

/** What pm-mcp answers first. */
async function discovered(): Promise<object> {
  const server = spawn(join(prefix, 'bin/pm-mcp'), {
    cwd: project,
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'rehearsal', version: '1' } };
  server.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params })}\n`);
  let text = '';
  for await (const chunk of server.stdout) {
    text += String(chunk);
    if (text.includes('\n')) break;
  }
  server.kill();
  return Object(JSON.parse(text.split('\n')[0] ?? '')).result as object;
}

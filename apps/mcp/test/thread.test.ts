import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { facts, test } from './stage.ts';

const SHOW = 'echo "thread=$CODEX_THREAD_ID claude=$CLAUDE_CODE_SESSION_ID"';

test('the thread that Codex names with a call owns its run', async ({ stage }) => {
  const client = await stage.client('legacy', 'codex-mcp-client');
  for (const [step, meta] of [
    ['one', { threadId: '0199-a' }],
    ['two', { threadId: '0199-b' }],
    ['bad', { threadId: '../../x y' }],
    ['none', {}],
  ] as const) {
    const input = { step, command: ['sh', '-c', SHOW], wait: true };
    const result = await client.callTool({ name: 'start_run', arguments: input, _meta: meta });
    expect(facts(result as Parameters<typeof facts>[0])).toMatchObject({ outcome: 'success' });
  }
  const runs = readdirSync(join(stage.folder, '.pm/runs')).map((id) => join(stage.folder, '.pm/runs', id));
  const owners = runs.map((run) => {
    const { step, owner } = JSON.parse(readFileSync(join(run, 'run'), 'utf8'));
    return [step, owner.session, owner.agent, readFileSync(join(run, 'log'), 'utf8').trim()];
  });
  expect(owners).toEqual([
    ['one', '0199-a', 'codex', 'thread=0199-a claude='],
    ['two', '0199-b', 'codex', 'thread=0199-b claude='],
    ['bad', undefined, undefined, 'thread= claude='],
    ['none', undefined, undefined, 'thread= claude='],
  ]);
});

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newRunId } from '@pm/protocol';
import { expect, test } from 'vitest';
import { queueContract } from '../src/contract.ts';
import { openFileQueue, type RunStanding } from '../src/index.ts';
import { killStarter } from './starter.ts';

for (const { title, run } of queueContract) {
  test(title, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pm-queue-'));
    const standings = new Map<string, RunStanding>();
    const open = () =>
      openFileQueue(folder, { realm: '0123456789abcdef', standingOf: ({ id }) => standings.get(id) ?? 'waiting' });
    try {
      await run({
        open,
        die: async ({ token }) => killStarter(folder, token),
        run: async ({ entry }, standing) => void standings.set(entry.id, standing),
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

test('an entry that only a newer version can read stays in line, and others pass it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pm-queue-'));
  try {
    const queue = openFileQueue(folder, { realm: '0123456789abcdef', standingOf: () => 'waiting' });
    const [newer, own] = [newRunId(Date.now()), newRunId(Date.now())];
    const entry = { dir: '/project/.pm', step: 'work', project: 'aaaaaaaaaaaaaaaa', priority: 0 };
    await queue.enqueue({ ...entry, id: newer });
    const [file = ''] = readdirSync(`${folder}/waiting`);
    writeFileSync(`${folder}/waiting/${file}`, '{"v":2,"place":"/project/.pm"}\n');
    await queue.enqueue({ ...entry, id: own });
    expect(await queue.next()).toMatchObject({ kind: 'lease', lease: { entry: { id: own } } });
    expect(readdirSync(`${folder}/waiting`)).toEqual([file]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

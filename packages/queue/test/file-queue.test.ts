import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'vitest';
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

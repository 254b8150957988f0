import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newRunId } from '@pm/protocol';
import { expect, test } from 'vitest';
import { queueContract } from '../src/contract.ts';
import { openFileQueue, type RunStanding } from '../src/index.ts';
import { killStarter } from './starter.ts';

const ENTRY = { dir: '/project/.pm', step: 'work', project: 'aaaaaaaaaaaaaaaa', priority: 0 };

for (const { title, run } of queueContract) {
  test(title, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pm-queue-'));
    const standings = new Map<string, RunStanding>();
    const open = () =>
      openFileQueue(folder, {
        realm: () => '0123456789abcdef',
        standingOf: ({ id }) => standings.get(id) ?? 'waiting',
      });
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
    const queue = openFileQueue(folder, { realm: () => '0123456789abcdef', standingOf: () => 'waiting' });
    const [newer, own] = [newRunId(Date.now()), newRunId(Date.now())];
    await queue.enqueue({ ...ENTRY, id: newer });
    const [file = ''] = readdirSync(`${folder}/waiting`);
    writeFileSync(`${folder}/waiting/${file}`, '{"v":2,"place":"/project/.pm"}\n');
    await queue.enqueue({ ...ENTRY, id: own });
    expect(await queue.next()).toMatchObject({ kind: 'lease', lease: { entry: { id: own } } });
    expect(readdirSync(`${folder}/waiting`)).toEqual([file]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a slot whose record cannot be read stays held, and the listing says which file holds it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pm-queue-'));
  try {
    const queue = openFileQueue(folder, { realm: () => '0123456789abcdef', standingOf: () => 'waiting' });
    await queue.enqueue({ ...ENTRY, id: newRunId(Date.now()) });
    mkdirSync(`${folder}/slots`, { recursive: true });
    writeFileSync(`${folder}/slots/1.7`, 'no record');
    expect(await queue.next()).toEqual({ kind: 'none', why: 'full' });
    expect((await queue.list()).lacks).toContain(`${folder}/slots/1.7`);
    rmSync(`${folder}/slots/1.7`);
    expect(await queue.next()).toMatchObject({ kind: 'lease' });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('an entry that cannot be removed holds up nobody', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pm-queue-'));
  try {
    const queue = openFileQueue(folder, { realm: () => '0123456789abcdef', standingOf: () => 'waiting' });
    await queue.enqueue({ ...ENTRY, id: newRunId(Date.now()) });
    const [file = ''] = readdirSync(`${folder}/waiting`);
    rmSync(`${folder}/waiting/${file}`);
    mkdirSync(`${folder}/waiting/${file}/something`, { recursive: true });
    const id = newRunId(Date.now());
    await queue.enqueue({ ...ENTRY, id });
    expect(await queue.next()).toMatchObject({ kind: 'lease', lease: { entry: { id } } });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('an entry that was put back gets the place that it had, also after another process has added it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pm-queue-'));
  try {
    const open = () => openFileQueue(folder, { realm: () => '0123456789abcdef', standingOf: () => 'waiting' });
    const queue = open();
    const [moved, first, last] = [newRunId(Date.now()), newRunId(Date.now()), newRunId(Date.now())];
    for (const id of [first, last, moved]) await queue.enqueue({ ...ENTRY, id });
    await queue.move(moved, 5);
    const waiting = async () => (await queue.list()).waiting.map(({ id }) => id);
    for (const line of [
      [moved, first, last],
      [first, last],
    ]) {
      const [id = ''] = line;
      const next = await queue.next();
      if (next.kind !== 'lease') throw new Error(`no lease: ${next.why}`);
      expect(next.lease.entry.id).toBe(id);
      expect(await queue.putBack(next.lease)).toBe(true);
      expect(await queue.putBack(next.lease)).toBe(false);
      expect(await waiting()).toEqual(line.slice(1));
      await open().enqueue({ ...ENTRY, id });
      expect(await waiting()).toEqual(line);
      expect(readdirSync(`${folder}/places`)).toEqual([]);
      expect(await queue.cancel(id)).toBe(true);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a queue has one slot unless more are set', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pm-queue-'));
  try {
    const queue = openFileQueue(folder, { realm: () => '0123456789abcdef', standingOf: () => 'waiting' });
    for (let i = 0; i < 2; i++) await queue.enqueue({ ...ENTRY, id: newRunId(Date.now()) });
    expect(await queue.next()).toMatchObject({ kind: 'lease' });
    expect(await queue.next()).toEqual({ kind: 'none', why: 'full' });
    expect((await queue.list()).settings.slots).toBe(1);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

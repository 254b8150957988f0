import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_POLICY, decodeTruncated, type LogChunk, newRunId, type Report, runPaths } from '@pm/protocol';
import { presentIn, readRecord } from '@pm/protocol/fs';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applyLog } from '../src/mirror/apply-log.ts';
import { applyReport } from '../src/mirror/apply-report.ts';
import { queueAs } from './elsewhere.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pm-elsewhere-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A run that its worker has just begun, in a directory of its own. */
async function mirrored(): Promise<{ readonly dir: string; readonly id: string }> {
  const id = newRunId(Date.now());
  const dir = join(folder, id);
  const host = { name: 'gpu', bootId: 'boot', pidNamespace: '1' };
  const run: NonNullable<Report['run']> = {
    v: 1,
    id,
    step: 'train',
    argv: ['true'],
    cwd: '/there',
    createdAt: Date.now(),
    host,
    policy: DEFAULT_POLICY,
    owner: { user: 'worker' },
  };
  const queued = queueAs(dir, run);
  const report: Report = {
    v: 1,
    id,
    seq: 1,
    at: Date.now(),
    worker: { name: 'gpu-1', host },
    run,
    state: 'running',
    evidence: 'alive',
    elapsedMs: 1,
  };
  await applyReport(dir, queued, report);
  return { dir, id };
}

/** Pieces of a log, each with what is left out before it, and an order in which they come, some of them repeatedly. */
const carried = fc
  .array(fc.record({ bytes: fc.uint8Array({ minLength: 1, maxLength: 40 }), skipped: fc.constantFrom(0, 0, 0, 7) }), {
    minLength: 1,
    maxLength: 12,
  })
  .chain((pieces) => {
    let at = 0;
    const chunks = pieces.map(({ bytes, skipped }, n): LogChunk => {
      const left = n === 0 ? 0 : skipped;
      at += left;
      const chunk: LogChunk = {
        v: 1,
        at,
        data: Buffer.from(bytes).toString('base64'),
        ...(left > 0 && { skipped: left }),
      };
      at += bytes.length;
      return chunk;
    });
    const again = fc.array(fc.constantFrom(...chunks), { maxLength: 6 });
    return again.chain((more) =>
      fc
        .shuffledSubarray([...chunks, ...more], { minLength: chunks.length + more.length })
        .map((order) => ({ chunks, order })),
    );
  });

test('a piece that is a link to another file has no place in the log', async () => {
  const { dir, id } = await mirrored();
  const { log, mirror } = runPaths(dir, id);
  writeFileSync(join(folder, 'secret'), 'mine');
  symlinkSync(join(folder, 'secret'), join(mirror, 'log.0.4'));
  applyLog(dir, id, { v: 1, at: 0, data: Buffer.from('said').toString('base64') });
  expect(readFileSync(log, 'utf8')).toBe('said');
  expect(readdirSync(mirror)).not.toContain('log.0.4');
  expect(readFileSync(join(folder, 'secret'), 'utf8')).toBe('mine');
});

test('a log is the same whatever the order of its pieces, and holds nothing before its turn', async () => {
  await fc.assert(
    fc.asyncProperty(carried, async ({ chunks, order }) => {
      const { dir, id } = await mirrored();
      const { log, truncated, mirror } = runPaths(dir, id);
      const whole = Buffer.alloc(Math.max(...chunks.map(({ at, data }) => at + Buffer.from(data, 'base64').length)));
      for (const { at, data } of chunks) Buffer.from(data, 'base64').copy(whole, at);
      for (const chunk of order) {
        const here = applyLog(dir, id, chunk);
        const now = readFileSync(log);
        expect(here?.log).toBeGreaterThanOrEqual(now.length);
        expect(now.equals(whole.subarray(0, now.length))).toBe(true);
      }
      expect(readFileSync(log).equals(whole)).toBe(true);
      const gaps = chunks.filter(({ skipped }) => skipped !== undefined);
      const note = presentIn(readRecord(truncated, decodeTruncated));
      const [first, last] = [gaps[0], gaps.at(-1)];
      const hull = first && last && { by: 'cap', from: first.at - (first.skipped ?? 0), to: last.at };
      expect(note).toEqual(hull);
      expect(readdirSync(mirror).filter((name) => /^log\.\d/.test(name))).toEqual([]);
      rmSync(dir, { recursive: true });
    }),
    { numRuns: 40 },
  );
});

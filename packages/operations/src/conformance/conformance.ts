import { resolve } from 'node:path';
import * as z from 'zod/mini';
import { operation } from '../operation.ts';
import { describe } from '../shape/describe.ts';
import { ConformanceAnswer } from './conformance-answer.ts';
import { levelReached, type PromiseName } from './promises.ts';
import { testWriter } from './test-writer.ts';

// Why: contributing/decisions/2026-11-29-a-conformance-kit.md
export const conformance = operation({
  name: 'conformance',
  summary: 'Test a program that runs a command and writes the status files, and list every promise that it breaks.',
  input: z.strictObject({
    command: describe(
      'The writer to test. {dir} and {step} are replaced by its directory and step (also in WRITER_DIR and WRITER_STEP). The command that it must run is added as its last arguments.',
      z.array(z.string()).check(z.minLength(1, 'names no writer')),
    ),
    level: describe(
      'The level that it must reach: 1 endings, 2 heartbeat and stop, 3 everything (default 1).',
      z.optional(z.coerce.number().check(z.int(), z.gte(1), z.lte(3))),
    ),
  }),
  output: async () => ConformanceAnswer,
  run: async ({ command, level: claimed = 1 }, { cwd, env, signal }) => {
    const argv = command.map((word, i) => (i === 0 && word.includes('/') ? resolve(cwd, word) : word));
    const promises = await testWriter({ argv, env, signal });
    promises.sort((a, b) => a.level - b.level);
    const missed = new Set(promises.flatMap(({ promise, kept }) => (kept ? [] : [promise as PromiseName])));
    return { level: levelReached(missed), claimed, promises, next: [] };
  },
});

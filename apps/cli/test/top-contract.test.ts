import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context } from '@pm/operations';
import { type FrontendAnswer, frontendContract } from '@pm/operations/contract';
import { test } from 'vitest';
import { ask } from '../src/top/ask/ask.ts';

// A screen has no words for every operation: nobody starts a run in `pm top`. What asks and acts for it keeps the whole contract; what the
// screen shows of it is tested in a terminal (top.test.ts).
test.concurrent.for(frontendContract)('$title', async ({ run }) => {
  const folder = mkdtempSync(join(tmpdir(), 'pm-top-contract-'));
  writeFileSync(join(folder, 'package.json'), '{}');
  const env = { ...process.env, PM_DIR: undefined, PM_RESIDENT: 'off', XDG_STATE_HOME: join(folder, 'state') };
  try {
    await run({
      folder,
      async ask(operation, input, signal = new AbortController().signal) {
        const works: (() => void)[] = [];
        const context: Context = { cwd: folder, env, signal, answered: (work) => void works.push(work) };
        try {
          const answer = await ask(operation, input, context);
          for (const work of works) work();
          return answer as FrontendAnswer;
        } catch (error) {
          const { code = 'unexpected', message } = error as Error & { code?: string };
          return { fault: { code, message } };
        }
      },
    });
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 50 }); // a wrapper may still remove files
  }
});

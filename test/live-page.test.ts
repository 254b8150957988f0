import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { built, LONG } from '@pm/testing';
import { test as base } from 'vitest';
import { type FrontendAnswer, frontendContract } from '../packages/operations/src/contract.ts';

const OPERATIONS = fileURLToPath(new URL('../packages/operations/dist/index.js', import.meta.url));
const SERVE = fileURLToPath(new URL('../examples/live-page/serve.mjs', import.meta.url));

/** The example, in a project of its own. */
interface Page {
  readonly folder: string;
  readonly url: string;
}

const test = base.extend<{ page: Page }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the names of what a fixture needs from this pattern
  page: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'pm-page-'));
    writeFileSync(join(folder, 'package.json'), '{}');
    const env = {
      ...process.env,
      PM_DIR: join(folder, '.pm'),
      PM_RESIDENT: 'off',
      XDG_STATE_HOME: join(folder, 'state'),
    };
    built(OPERATIONS);
    const child = spawn(process.execPath, [SERVE], { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      await use({ folder, url: await addressOf(child) });
    } finally {
      const gone = once(child, 'exit');
      child.kill();
      await gone;
      await rm(folder, { recursive: true, force: true, maxRetries: 50 }); // a wrapper may tidy up just now
    }
  },
});

// The example of contributing/add-a-frontend.md is a frontend like ours: it passes what ours pass; here every third, in
// `npm run test:long` all of it.
test.concurrent.for(frontendContract.filter((_, n) => LONG || n % 3 === 0))(
  '$title',
  async ({ run }, { page: { folder, url } }) => {
    await run({
      folder,
      async ask(operation, input, signal) {
        const answer = await fetch(`${url}ask/${operation}`, {
          method: 'POST',
          body: JSON.stringify(input),
          signal: signal ?? null,
        });
        return (await answer.json()) as FrontendAnswer;
      },
    });
  },
);

test.concurrent('the page is told how a run goes, as it goes', async ({ page: { url }, expect }) => {
  expect(await (await fetch(url)).text()).toContain('new EventSource');
  const leaving = new AbortController();
  const events = await fetch(`${url}events`, { signal: leaving.signal });
  await fetch(`${url}ask/start`, { method: 'POST', body: JSON.stringify({ step: 'quick', command: ['true'] }) });
  let told = '';
  for await (const bytes of events.body ?? []) {
    told += new TextDecoder().decode(bytes);
    if (told.includes('"change":"ended"')) break;
  }
  expect(told).toMatch(/^data: \{.*"step":"quick".*"outcome":"success"/m);
  leaving.abort();
});

test.concurrent('nobody without its key gets in', async ({ page: { url }, expect }) => {
  const { origin } = new URL(url);
  expect((await fetch(`${origin}/ask/ls`, { method: 'POST', body: '{}' })).status).toBe(404);
});

async function addressOf(child: ChildProcess): Promise<string> {
  const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  return String(line).trim();
}

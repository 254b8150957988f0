import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe } from 'vitest';
import { CHROMIUM } from './chromium.ts';
import { test } from './page-test.ts';
import { openStand } from './stand.ts';

const row = (page: Page, step: string) => page.locator('a.row', { has: page.getByText(step, { exact: true }) });

describe.skipIf(CHROMIUM === undefined)('the log of a run (needs chromium)', () => {
  test('is followed also if it was read while it ended inside of a character', async ({ stand, open }) => {
    const script = `printf 'begun\\n\\320'; until [ -e go ]; do sleep 0.1; done; printf '\\277 one\\n'; exec sleep 600`;
    await stand.start('half', script);
    const page = await open();
    await row(page, 'half').click();
    const log = page.getByRole('log');
    await log.getByText('begun', { exact: true }).waitFor();
    writeFileSync(join(stand.project, 'go'), '');
    await log.getByText('п one', { exact: true }).waitFor();
  });

  test('is read when its run begins, not while that waits in a queue', async ({ open }) => {
    const stand = openStand({ resident: true }); // it starts what has its turn
    try {
      await stand.start('first', 'until [ -e go ]; do sleep 0.1; done', '--queue', 'gpu');
      await stand.start('second', 'echo begun; exec sleep 600', '--queue', 'gpu');
      const page = await open({ address: await stand.serve() });
      await row(page, 'second').click();
      const panel = page.getByRole('article', { name: 'Run second' });
      await panel.getByText('It waits for its turn: no output yet.').waitFor();
      writeFileSync(join(stand.project, 'go'), '');
      await panel.getByRole('log').getByText('begun').waitFor();
    } finally {
      await stand.close();
    }
  });
});

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Answer } from '@pm/operations';
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

  test('of a run with --split has its errors beside its output, and its first error is a line of them', async ({
    stand,
    open,
    expect,
  }) => {
    const script = 'seq 1 300; for n in 1 2 3; do echo "warning $n" >&2; done; echo "Error: no price" >&2; exit 3';
    await stand.start('apart', script, '--split', '--wait');
    const page = await open();
    await row(page, 'apart').click();
    const log = page.getByRole('log');
    await log.getByText('300', { exact: true }).waitFor();
    expect(await log.getByText('Error: no price').count()).toBe(0);
    await page.getByRole('button', { name: 'First error' }).click();
    await page.locator('.line.marked').getByText('Error: no price', { exact: true }).waitFor();
    await page.getByLabel('Search the log for a text').fill('warning');
    await page.getByText(/^3 matches/).waitFor();
    await page.getByRole('button', { name: 'Output', exact: true }).click();
    await log.getByText('300', { exact: true }).waitFor();
    await page.getByText('no match', { exact: true }).waitFor();
    await page.keyboard.press('o');
    await log.getByText('warning 1', { exact: true }).waitFor();
  });

  test('marks the error of its own run, also if its step was started again since it was opened', async ({
    stand,
    open,
    expect,
  }) => {
    await stand.start('build', 'echo one; echo "Error: mine"; exit 1', '--wait');
    const { runs } = JSON.parse(await stand.pm('status', 'build', '--json')) as Answer;
    const other = 'echo a first line that is longer; echo "Error: of another run"; exit 1';
    await stand.start('build', other, '--wait');
    const run = new URLSearchParams({ dir: stand.dir, step: 'build', id: runs[0]?.id ?? '' });
    const page = await open({ address: `${await stand.serve()}#${run}` });
    await page.getByRole('button', { name: 'First error' }).waitFor();
    await stand.start('build', other, '--wait');
    await page.getByRole('button', { name: 'First error' }).click();
    const marked = page.locator('.line.marked');
    await marked.waitFor();
    expect(await marked.textContent()).toBe('Error: mine');
  });
});

import { type Answer, processes } from '@pm/operations';
import type { Page } from 'playwright-core';
import { describe } from 'vitest';
import { CHROMIUM } from './chromium.ts';
import { test } from './page-test.ts';

const row = (page: Page, step: string) => page.locator('a.row', { has: page.getByText(step, { exact: true }) });

describe.skipIf(CHROMIUM === undefined)('the details of a run (needs chromium)', () => {
  test('name what it has left running, as long as that runs', async ({ stand, open, expect }) => {
    await stand.start('left', 'setsid sleep 600 & exit 0', '--wait');
    const { runs } = JSON.parse(await stand.pm('status', 'left', '--json')) as Answer;
    const survivors = runs[0]?.survivors ?? [];
    const { signalIfSame } = await processes();
    try {
      const page = await open();
      await row(page, 'left').click();
      const fact = page.locator('.fact', { hasText: 'Left running' });
      await fact.getByText(/^\d+ sleep/).waitFor();
      expect(survivors.map((process) => signalIfSame(process, 'SIGKILL'))).toEqual([true]);
      await fact.waitFor({ state: 'detached' });
    } finally {
      for (const process of survivors) signalIfSame(process, 'SIGKILL');
    }
  });

  test('keep what was answered to a stop', async ({ stand, open }) => {
    await stand.start('slow', 'exec sleep 600');
    const page = await open();
    await row(page, 'slow').click();
    await page.keyboard.press('s');
    await page.getByRole('button', { name: 'Stop it' }).click();
    const panel = page.getByRole('article', { name: 'Run slow' });
    await panel.getByText(/^cancelled after/).waitFor();
    await panel.getByRole('button', { name: /^Stop/ }).waitFor({ state: 'detached' });
    await panel.getByText('It is cancelled.', { exact: true }).waitFor();
  });

  test('that are not there any more leave the list in sight, also on a narrow screen', async ({ stand, open }) => {
    await stand.start('build', 'exit 0', '--wait');
    const run = new URLSearchParams({ dir: stand.dir, step: 'build', id: 'deleted' });
    const page = await open({ address: `${await stand.serve()}#${run}`, width: 400 });
    await page.getByText('This run is not here any more.').waitFor();
    await row(page, 'build').waitFor();
    await page.getByRole('button', { name: 'Close' }).click();
    await page.getByText('This run is not here any more.').waitFor({ state: 'detached' });
    await row(page, 'build').click();
    await page.getByRole('article', { name: 'Run build' }).waitFor();
  });
});

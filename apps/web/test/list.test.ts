import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe } from 'vitest';
import { CHROMIUM } from './chromium.ts';
import { test } from './page-test.ts';
import { openStand } from './stand.ts';

const row = (page: Page, step: string) => page.locator('a.row', { has: page.getByText(step, { exact: true }) });

describe.skipIf(CHROMIUM === undefined)('the list says what a person needs to know (needs chromium)', () => {
  test('a service is ready, and at which port', async ({ open }) => {
    const stand = openStand({ resident: true }); // it asks whether a service is ready
    try {
      const script = 'until [ -e go ]; do sleep 0.1; done; echo Listening; exec sleep 600';
      await stand.start('serve', script, '--port', 'auto', '--ready', 'line:Listening');
      const page = await open({ address: await stand.serve() });
      await row(page, 'serve').getByText('not ready yet').waitFor();
      writeFileSync(join(stand.project, 'go'), '');
      await row(page, 'serve')
        .getByText(/^ready, port \d+$/)
        .waitFor();
    } finally {
      await stand.close();
    }
  });

  test('a breaker that is open refuses the next start', async ({ stand, open }) => {
    for (const _ of [1, 2, 3]) await stand.start('sync', 'echo "Error: no route"; exit 1', '--wait');
    const page = await open();
    await page.getByText(/^Breaker sync .* is open\. Next start: refused until \d/).waitFor();
    await row(page, 'sync').click();
    const panel = page.getByRole('article', { name: 'Run sync' });
    await panel.getByText(/^refused until \d.* · failed 3 times/).waitFor();
  });

  test('a browser whose clock goes wrong shows how long a run really takes', async ({ stand, open, expect }) => {
    await stand.start('train', 'exec sleep 600');
    const page = await open();
    await page.addInitScript('const here = Date.now; Date.now = () => here() + 3_600_000;');
    await page.reload();
    await row(page, 'train')
      .getByText(/^\d+(?:\.\d)?s of 30m$/)
      .waitFor();
    expect(await page.evaluate('Date.now() - performance.timeOrigin')).toBeGreaterThan(3_000_000);
  });

  test('a filter that nothing matches says so', async ({ stand, open }) => {
    await stand.start('build', 'exit 0', '--wait');
    const page = await open();
    await row(page, 'build').waitFor();
    await page.getByPlaceholder('Filter').fill('bild');
    await page.getByText('No run matches this filter.').waitFor();
    await page.getByPlaceholder('Filter').fill('');
    await row(page, 'build').waitFor();
  });

  test('on a low screen many decisions leave room for the list', async ({ stand, open, expect }) => {
    for (const step of ['one', 'two', 'three', 'four'])
      await stand.start(step, 'exec sleep 600', '--quiet-after', '1s');
    const page = await open({ width: 812, height: 375 });
    await page.getByText('1 more run needs a decision.', { exact: false }).waitFor();
    const last = row(page, 'one');
    await last.scrollIntoViewIfNeeded();
    await last.click({ trial: true }); // nothing lies over it
    expect(await page.locator('.list').evaluate((element) => element.clientHeight)).toBeGreaterThan(200);
  });

  test('on a narrow screen a row names its project', async ({ stand, open, expect }) => {
    await stand.start('build', 'exit 0', '--wait');
    const page = await open({ width: 400 });
    await row(page, 'build').waitFor();
    expect(await row(page, 'build').getByText('~/shop', { exact: true }).isVisible()).toBe(true);
  });
});

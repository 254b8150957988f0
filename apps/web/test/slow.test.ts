import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '@pm/testing';
import type { Page } from 'playwright-core';
import { describe } from 'vitest';
import { CHROMIUM } from './chromium.ts';
import { test } from './page-test.ts';

/** Holds the answers to such requests. @returns lets them go on */
async function hold(page: Page, path: RegExp): Promise<() => void> {
  let goOn = (): void => {};
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  await page.route(path, async (route) => {
    await held;
    await route.continue();
  });
  return goOn;
}

const row = (page: Page, step: string) => page.locator('a.row', { has: page.getByText(step, { exact: true }) });

describe.skipIf(CHROMIUM === undefined)('while an answer is awaited, nothing else is told (needs chromium)', () => {
  test('of a failure the log is shown before its lines are looked through', async ({ stand, open, expect }) => {
    await stand.start('broken', 'seq 1 10000; echo "Error: no"; exit 1', '--wait');
    const page = await open();
    const goOn = await hold(page, /\/ask\/status$/);
    await row(page, 'broken').click();
    await page.getByRole('log').getByText('Error: no').waitFor();
    expect(await page.getByRole('button', { name: 'First error' }).count()).toBe(0);
    goOn();
    await page.getByRole('button', { name: 'First error' }).waitFor();
  });

  test('the history of another step is not shown', async ({ stand, open, expect }) => {
    for (const _ of [1, 2]) await stand.start('build', 'echo built', '--wait');
    await stand.start('fresh', 'exit 0', '--wait');
    const page = await open();
    await row(page, 'build').click();
    await page.getByText(/^It took .* over 1 success, /).waitFor();
    const goOn = await hold(page, /\/history\?/);
    await row(page, 'fresh').click();
    const panel = page.getByRole('article', { name: 'Run fresh' });
    await panel.waitFor();
    expect(await panel.getByText(/It took|There is no earlier run/).count()).toBe(0);
    expect(await panel.locator('.history').count()).toBe(0);
    goOn();
    await panel.getByText(/^There is no earlier run of this step/).waitFor();
  });

  test('a search that goes on has not found nothing', async ({ stand, open, expect }) => {
    await stand.start('count', 'seq 1 100', '--wait');
    const page = await open();
    await row(page, 'count').click();
    await page.getByRole('log').getByText('100', { exact: true }).waitFor();
    const goOn = await hold(page, /\/find\?/);
    await page.getByLabel('Search the log for a text').fill('none such');
    await page.getByText('searching …').waitFor();
    expect(await page.getByText(/no match/).count()).toBe(0);
    goOn();
    await page.getByText('no match', { exact: true }).waitFor();
  });

  test('Enter goes to the first match as soon as it is found', async ({ stand, open }) => {
    await stand.start('count', 'seq 1 3000', '--wait');
    const page = await open();
    await row(page, 'count').click();
    await page.getByRole('log').getByText('3000', { exact: true }).waitFor();
    const goOn = await hold(page, /\/find\?/);
    await page.getByLabel('Search the log for a text').fill('1234');
    await page.keyboard.press('Enter');
    await page.getByText('searching …').waitFor();
    goOn();
    await page.locator('.line.marked').getByText('1234', { exact: true }).waitFor();
  });

  test('the timeline arrives, also if runs change faster than it is answered', async ({ stand, open, expect }) => {
    await stand.start(
      'train',
      'for n in 1 2; do until [ -e go$n ]; do sleep 0.1; done; echo $n/9 > "$PM_PROGRESS"; done; sleep 600',
    );
    const page = await open();
    await row(page, 'train').click();
    const panel = page.getByRole('article', { name: 'Run train' });
    const asked: string[] = [];
    page.on('request', (request) => /\/timeline\?/.test(request.url()) && asked.push('asked'));
    page.on('requestfailed', (request) => /\/timeline\?/.test(request.url()) && asked.push('given up'));
    const goOn = await hold(page, /\/timeline\?/);
    await page.getByRole('link', { name: 'Timeline' }).click();
    await until(() => asked.length > 0);
    for (const n of [1, 2]) {
      writeFileSync(join(stand.project, `go${n}`), '');
      await panel.getByText(`${n}/9`).first().waitFor();
    }
    expect(asked).toEqual(['asked']);
    goOn();
    await page.getByRole('region', { name: 'Timeline' }).getByText('train', { exact: true }).waitFor();
    await until(() => asked.length >= 2); // what has changed meanwhile is read again
  });

  test('several runs that are left alone at once are not asked about again after a reload', async ({
    stand,
    open,
    expect,
  }) => {
    const steps = ['one', 'two', 'three'];
    for (const step of steps) await stand.start(step, 'echo begun; exec sleep 600', '--quiet-after', '1s');
    const page = await open();
    const decision = page.getByRole('region', { name: 'Runs that need a decision' });
    const buttons = decision.getByRole('button', { name: 'Wait on' });
    await until(async () => (await buttons.count()) === 3);
    const goOn = await hold(page, /\/ask\/wait$/);
    for (const button of await buttons.all()) await button.click();
    goOn();
    await decision.waitFor({ state: 'detached' });
    await page.reload();
    for (const step of steps) await row(page, step).getByText('quiet').waitFor();
    const { origins } = await page.context().storageState();
    const kept = origins[0]?.localStorage.find(({ name }) => name === 'pm-put-off')?.value ?? '{}';
    expect(Object.values(JSON.parse(kept))).toEqual(['quiet', 'quiet', 'quiet']);
    expect(await decision.count()).toBe(0);
  });
});

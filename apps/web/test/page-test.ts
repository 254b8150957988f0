import type { Browser, Page } from 'playwright-core';
import { afterAll, test as base } from 'vitest';
import { openBrowser } from './chromium.ts';
import { openStand, type Stand } from './stand.ts';

let browser: Promise<Browser> | undefined;
afterAll(async () => (await browser)?.close());

/** Opens the page of a stand. */
export type OpenPage = (options?: {
  readonly address?: string;
  readonly width?: number;
  readonly height?: number;
  readonly colours?: 'light' | 'dark';
}) => Promise<Page>;

/** A test with a stand of its own, and pages in a real Chromium. A page that reports an error or breaks its policy fails the test. */
export const test = base.extend<{ stand: Stand; open: OpenPage }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the names of what a fixture needs from this pattern
  stand: async ({}, use) => {
    const stand = openStand();
    try {
      await use(stand);
    } finally {
      await stand.close();
    }
  },
  open: async ({ stand }, use) => {
    browser ??= openBrowser();
    const errors: string[] = [];
    const contexts: { close: () => Promise<void> }[] = [];
    await use(async ({ address, width = 1280, height = 800, colours = 'light' } = {}) => {
      const context = await (await (browser as Promise<Browser>)).newContext({
        viewport: { width, height },
        colorScheme: colours,
        reducedMotion: 'reduce',
      });
      contexts.push(context);
      const page = await context.newPage();
      page.on('pageerror', (error) => errors.push(String(error)));
      page.on('console', (message) => {
        // A lost connection is no fault of the page, and neither is another program on its port.
        if (message.type() === 'error' && !/ERR_(?:CONNECTION|INCOMPLETE|EMPTY)|404 \(Not Found\)/.test(message.text()))
          errors.push(message.text());
      });
      await page.goto(address ?? (await stand.serve()));
      await page.getByText('Live', { exact: true }).waitFor();
      return page;
    });
    for (const context of contexts) await context.close();
    if (errors.length > 0) throw new Error(`the page reported: ${errors.join('\n')}`);
  },
});

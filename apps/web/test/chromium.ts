import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** A Chromium that is installed here; undefined if there is none. PM_TEST_CHROMIUM names another one. */
export const CHROMIUM = process.env['PM_TEST_CHROMIUM'] ?? PLACES.find((place) => existsSync(place));

/** Starts Chromium without a window. */
export function openBrowser(): Promise<Browser> {
  if (CHROMIUM === undefined) throw new Error('there is no Chromium here');
  // Root has no sandbox. What the tests open are our own pages.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath: CHROMIUM, args });
}

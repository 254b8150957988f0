// Makes the pictures of the page in docs/how-to/see-what-runs.md from real runs: npm run screenshots
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';
import { PM, setStage } from './stage.mjs';

const FOLDER = resolve(import.meta.dirname, '../../../docs/how-to/images');
const MOST_BYTES = 150 * 1024;
const CHROMIUM = process.env.PM_TEST_CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/google-chrome'].find(existsSync);

mkdirSync(FOLDER, { recursive: true });
const stage = await setStage();
const server = spawn(process.execPath, [PM, 'web'], {
  cwd: stage.api,
  env: stage.env,
  stdio: ['ignore', 'pipe', 'inherit'],
});
const [address] = await once(createInterface({ input: server.stdout }), 'line');
const browser = await chromium.launch({
  executablePath: CHROMIUM,
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
});
try {
  const light = await open('light', 1200, 740);
  const dark = await open('dark', 1200, 700);
  const narrow = await open('light', 400, 800);
  await light.waitForTimeout(15_000); // so that the lines of CPU and memory have something to show
  await light.getByText('near its limit').first().waitFor();
  await picture(light, 'page-light');
  await dark.getByText('test', { exact: true }).first().click();
  await dark.getByRole('log').getByText('orders').first().waitFor();
  await dark.waitForTimeout(2_000);
  await picture(dark, 'page-dark');
  await picture(narrow, 'page-narrow');
  await light.setViewportSize({ width: 1200, height: 680 }); // else the picture of a log is too large
  await light.getByText('migrate', { exact: true }).click();
  await light.getByRole('button', { name: 'First error' }).click();
  await light.locator('.line.marked').waitFor();
  await picture(light, 'page-failure');
  await light.keyboard.press('Escape');
  await light.getByRole('link', { name: 'Timeline' }).click();
  await light.getByRole('region', { name: 'Timeline' }).getByText('backtest', { exact: true }).waitFor();
  await light.waitForTimeout(1_000);
  await picture(light, 'page-timeline');
} finally {
  await browser.close();
  server.kill();
  await stage.close();
}

async function open(colorScheme, width, height) {
  const page = await browser.newPage({ colorScheme, viewport: { width, height } });
  await page.goto(address);
  await page.getByText('Live', { exact: true }).waitFor();
  return page;
}

async function picture(page, name) {
  const path = join(FOLDER, `${name}.png`);
  await page.mouse.move(0, 0);
  await page.screenshot({ path, animations: 'disabled' });
  const { size } = statSync(path);
  console.log(`${name}.png ${Math.round(size / 1024)} KiB`);
  if (size > MOST_BYTES) throw new Error(`${path} has more than ${MOST_BYTES} bytes`);
}

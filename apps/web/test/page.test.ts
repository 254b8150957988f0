import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { processes } from '@pm/operations';
import { built, until } from '@pm/testing';
import type { Page } from 'playwright-core';
import { describe } from 'vitest';
import { CHROMIUM } from './chromium.ts';
import { test } from './page-test.ts';
import { openStand, residentsOf } from './stand.ts';

const DIST = join(import.meta.dirname, '../dist/page');

test('what the browser loads is small', ({ expect }) => {
  built(join(DIST, 'index.html'));
  const files = readdirSync(DIST, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  const bytes = files.reduce(
    (sum, { parentPath, name }) => sum + gzipSync(readFileSync(join(parentPath, name))).length,
    0,
  );
  expect(bytes).toBeLessThan(60 * 1024); // at most 250 kB are allowed
});

const row = (page: Page, step: string) => page.locator('a.row', { has: page.getByText(step, { exact: true }) });

describe.skipIf(CHROMIUM === undefined)('the page, in a real Chromium (needs chromium)', () => {
  test('a run appears when it starts, and says how it ended', async ({ stand, open, expect }) => {
    const page = await open();
    await page.getByText('Nothing has run yet.').waitFor();
    await stand.start('train', 'echo 37/120 > "$PM_PROGRESS"; while [ ! -e go ]; do sleep 0.1; done; exit 7');
    await row(page, 'train').getByText('running').waitFor();
    await row(page, 'train').getByText('37/120').waitFor();
    expect(await page.title()).toMatch(/^1 running/);
    writeFileSync(join(stand.project, 'go'), '');
    await row(page, 'train').getByText('failed exit 7').waitFor();
    await page.getByRole('status').getByText('train ended: failed exit 7.').waitFor(); // it is read out
  });

  test('attention offers to wait on, to extend and to stop, which asks first', async ({ stand, open, expect }) => {
    await stand.start('slow', 'echo begun; exec sleep 600', '--quiet-after', '1s', '--timeout', '10m');
    const page = await open();
    const decision = page.getByRole('region', { name: 'Runs that need a decision' });
    await decision.getByText('slow').waitFor();
    await decision.getByRole('button', { name: 'Extend …' }).click();
    await decision.getByRole('button', { name: '+30m' }).click();
    await decision.getByText('Its limit is 40m now.').waitFor();
    await page.keyboard.press('s'); // no run is open
    await decision.getByRole('button', { name: 'Wait on' }).click();
    await decision.waitFor({ state: 'detached' });
    expect(await page.getByRole('dialog').count()).toBe(0);
    expect(await page.title()).not.toContain('decision');
    await page.reload();
    await row(page, 'slow').getByText('quiet').waitFor();
    expect(await decision.count()).toBe(0);
    // It counts as told, as it does after a wait in a terminal: the next wait does not return for the same reason.
    expect(await stand.pm('wait', 'slow', '--budget', '1s', '--json')).toContain('"budgetOver":true');
    expect(await stand.pm('ls', '--json')).toContain('"state":"quiet"');

    await row(page, 'slow').click();
    const panel = page.getByRole('article', { name: 'Run slow' });
    await panel.getByRole('button', { name: 'Stop …' }).click();
    const dialog = page.getByRole('dialog', { name: 'Stop slow?' });
    await dialog.getByRole('button', { name: 'Let it run' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(await stand.pm('ls', '--json')).toContain('"state":"quiet"');
    await panel.getByRole('button', { name: 'Stop …' }).click();
    await dialog.getByLabel('Reason, if you want to note one').fill('not needed');
    await dialog.getByRole('button', { name: 'Stop it' }).click();
    await row(page, 'slow').getByText('cancelled').waitFor();
    await panel.getByText('not needed').waitFor();
  });

  test('a refusal is shown as its sentence', async ({ stand, open }) => {
    await stand.start('slow', 'exec sleep 600', '--hard-timeout', '1h');
    const page = await open();
    await row(page, 'slow').click();
    const panel = page.getByRole('article', { name: 'Run slow' });
    await panel.getByRole('button', { name: 'Extend …' }).click();
    await panel.getByLabel(/^New limit/).fill('5h');
    await panel.getByRole('button', { name: 'Set' }).click();
    await panel.getByText(/its limit cannot be higher\.$/).waitFor();
  });

  test('a failure shows its first line that names the error', async ({ stand, open, expect }) => {
    const script = 'seq 1 3000; echo "ValueError: no price for row 14"; seq 1 3000; exit 3';
    await stand.start('backtest', script, '--wait');
    const page = await open();
    await row(page, 'backtest').click();
    await page.getByRole('button', { name: 'First error' }).click();
    const marked = page.locator('.line.marked');
    await marked.waitFor();
    expect(await marked.textContent()).toBe('ValueError: no price for row 14');
  });

  test('the history of a step is compared in a sentence', async ({ stand, open }) => {
    for (const _ of [1, 2]) await stand.start('build', 'echo built', '--wait');
    await stand.start('build', 'exec sleep 600');
    const page = await open();
    await row(page, 'build').click();
    await page.getByText(/^It took \d+ms on average over 2 successes, now /).waitFor();
  });

  test('a log is followed, searched, and left alone by who reads further up', async ({ stand, open, expect }) => {
    await stand.start(
      'serve',
      'seq 1 500; n=0; while :; do n=$((n + 1)); [ -e go ] && echo "request $n"; sleep 0.1; done',
    );
    const page = await open();
    await row(page, 'serve').click();
    const log = page.getByRole('log');
    await log.getByText('500', { exact: true }).waitFor();
    writeFileSync(join(stand.project, 'go'), '');
    await log
      .getByText(/^request \d+$/)
      .first()
      .waitFor();
    // The end is where the log is followed on: what comes after it still arrives.
    await page.getByRole('button', { name: 'End', exact: true }).click();
    const isGrown = async (n: number) =>
      (await log.getByText(new RegExp(`^request (?:${n}|${n + 1}|${n + 2})$`)).count()) > 0;
    const count = Number(
      (
        await log
          .getByText(/^request \d+$/)
          .last()
          .textContent()
      )?.slice(8),
    );
    await until(() => isGrown(count + 10), 'the log is followed after End');
    await page.getByRole('button', { name: 'Start' }).click();
    await log.getByText('1', { exact: true }).waitFor();
    expect(await page.getByRole('button', { name: 'Follow' }).getAttribute('aria-pressed')).toBe('false');
    await page.getByLabel('Search the log for a text').fill('42');
    await page.getByText(/^\d+ match/).waitFor();
    await page.getByRole('button', { name: 'Next match' }).click();
    await page.locator('.line.marked').getByText('42').waitFor();
    await page.getByRole('button', { name: 'Follow' }).click();
    await log
      .getByText(/^request \d+$/)
      .last()
      .waitFor();
  });

  test('the attempts of a run are not mixed in its log', async ({ stand, open, expect }) => {
    const script =
      'if [ ! -e go ]; then seq 1 40000; until [ -e go ]; do sleep 0.1; done; echo last of the first; exit 3; fi; echo second; sleep 600';
    await stand.start('flaky', script, '--retries', '1', '--backoff', '1ms');
    const page = await open();
    await row(page, 'flaky').click();
    const log = page.getByRole('log');
    await log.getByText('40000', { exact: true }).waitFor();
    // Who reads further up stays in the attempt that they read.
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await log.getByText('1', { exact: true }).waitFor();
    writeFileSync(join(stand.project, 'go'), '');
    await until(async () => (await stand.pm('status', 'flaky', '--json')).includes('"attempt":2'), 'it runs again');
    await until(async () => {
      await log.evaluate((element) => element.scrollTo(0, element.scrollHeight));
      return (await log.getByText('last of the first').count()) > 0;
    }, 'the rest of the first attempt is read');
    expect(await log.getByText('second', { exact: true }).count()).toBe(0);
    await page.getByRole('button', { name: 'Follow' }).click();
    await log.getByText('second', { exact: true }).waitFor();
    expect(await log.getByText('last of the first').count()).toBe(0);
  });

  test('four pages with a live log leave room for what they ask', async ({ stand, open }) => {
    await stand.start('serve', 'echo begun; exec sleep 600');
    const first = await open();
    // A browser opens six connections to a server at most, for all pages together.
    const pages = [first, ...(await Promise.all([1, 2, 3].map(() => first.context().newPage())))];
    for (const page of pages) {
      await page.goto(first.url());
      await row(page, 'serve').click();
      await page.getByRole('log').getByText('begun').waitFor();
    }
    await first.keyboard.press('s');
    await first.getByRole('button', { name: 'Stop it' }).click();
    for (const page of pages) await row(page, 'serve').getByText('cancelled').waitFor();
  });

  test('of a long log only what is read is loaded', async ({ stand, open, expect }) => {
    const bytes = 60_000_000;
    await stand.start(
      'flood',
      `yes "a line of a log that is as long as such lines are" | head -c ${bytes}; echo the end`,
      '--wait',
    );
    const page = await open();
    let loaded = 0;
    page.on('response', async (response) => {
      if (/\/log\?/.test(response.url())) loaded += (await response.body()).length;
    });
    await row(page, 'flood').click();
    const log = page.getByRole('log');
    await log.getByText('the end').waitFor();
    expect(await page.locator('.line').count()).toBeLessThan(200);
    await log.evaluate((element) => {
      element.scrollTop = 0; // reads on, above
    });
    await page.getByRole('button', { name: 'Start' }).click();
    await until(async () => (await log.evaluate((element) => element.scrollTop)) === 0);
    await page.getByRole('button', { name: 'End', exact: true }).click();
    await log.getByText('the end').waitFor();
    expect(loaded).toBeLessThan(bytes / 20);
  });

  test('a hostile log is text', async ({ stand, open, expect }) => {
    const lines = [
      '\x1b[31mred\x1b[0m \x1b[1mbold\x1b[0m \x1b[38;2;1;2;3mdeep\x1b[0m',
      '\x1b]0;owned\x07\x1b]52;c;b3duZWQ=\x07\x1b]8;;https://evil.example/\x07link\x1b]8;;\x07',
      '<img src=x onerror="window.owned = 1"><script>window.owned = 1</script>',
      'user\u202Eexe.txt \u2066isolated\u2069 \u0000\u0007end',
      '\x1bP1;2qDCS\x1b\\\x1b[?1049h\x1b[2J\x1b[31',
      'progress 1 %\rprogress 2 %\rprogress 3 %',
    ];
    writeFileSync(join(stand.project, 'hostile'), `${lines.join('\n')}\n`);
    await stand.start('hostile', 'cat hostile; head -c 10000000 /dev/zero | tr "\\0" x; echo; echo done', '--wait');
    const page = await open();
    await row(page, 'hostile').click();
    const log = page.getByRole('log');
    await log.getByText('done').waitFor();
    await page.getByRole('button', { name: 'Start' }).click();
    await log.getByText('<img src=x', { exact: false }).waitFor();
    const text = await log.evaluate((element) => element.textContent);
    expect(text).toContain('<script>window.owned = 1</script>');
    expect(text).toContain('userU+202Eexe.txt U+2066isolatedU+2069 U+0000U+0007end');
    expect(text).toContain('progress 3 %');
    for (const hidden of ['0;owned', '52;c', 'evil.example', '1049', '\x1b', 'progress 1'])
      expect(text).not.toContain(hidden);
    expect(await page.locator('.log :is(img, script, a, iframe)').count()).toBe(0);
    expect(await page.evaluate(() => Reflect.get(globalThis, 'owned'))).toBeUndefined();
    expect(await page.title()).not.toContain('owned');
    const red = await log
      .getByText('red', { exact: true })
      .evaluate((element) => Reflect.get(globalThis, 'getComputedStyle')(element).color);
    const plain = await log.evaluate((element) => Reflect.get(globalThis, 'getComputedStyle')(element).color);
    expect(red).not.toBe(plain);
    await log
      .getByText(/more characters in this line/)
      .first()
      .waitFor();
  });

  test('the page comes back when its server does, and knows what happened meanwhile', async ({ stand, open }) => {
    const page = await open();
    await stand.kill();
    await page.getByText('Not connected. Trying again …').waitFor();
    await stand.start('meanwhile', 'exit 0', '--wait');
    await stand.serve();
    await page.getByText('Live', { exact: true }).waitFor();
    await row(page, 'meanwhile').getByText('success').waitFor();
  });

  test('another program on the port of the server is not told the key, and is no server of the page', async ({
    stand,
    open,
    expect,
  }) => {
    await stand.start('serve', 'echo begun; exec sleep 600');
    const address = new URL(await stand.serve());
    const page = await open({ address: address.href });
    await row(page, 'serve').click();
    const panel = page.getByRole('article', { name: 'Run serve' });
    await panel.getByRole('log').getByText('begun').waitFor();
    await stand.kill();
    await page.getByText('Not connected. Trying again …').waitFor(); // a request that is sent before that reaches whoever listens
    const asked: string[] = [];
    const answers = ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nproof', 'HTTP/1.1 404 Not Found\r\n\r\n', ''];
    const foreign = createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', (bytes) => {
        asked.push(String(bytes));
        socket.end(answers[asked.length % answers.length] ?? '');
      });
    }).listen(Number(address.port), '127.0.0.1');
    await once(foreign, 'listening');
    try {
      await page.keyboard.press('s');
      await page.getByRole('button', { name: 'Stop it' }).click();
      await panel.getByText('The server does not answer. Check whether pm web still runs.').first().waitFor();
      await page.keyboard.press('t');
      await until(() => asked.length >= 6, 'the page has asked six times');
    } finally {
      foreign.close();
    }
    const [, key = ''] = address.pathname.split('/');
    expect(key.length).toBeGreaterThan(30);
    expect(asked.filter((text) => text.includes(key))).toEqual([]);
    await stand.serve();
    await page.getByText('Live', { exact: true }).waitFor();
    await page.keyboard.press('s');
    await page.getByRole('button', { name: 'Stop it' }).click();
    await panel.getByText(/^cancelled after/).waitFor();
  });

  test('the end of a run is seen also if its resident is killed', async ({ open, expect }) => {
    const stand = openStand({ resident: true });
    try {
      await stand.start('train', 'while [ ! -e go ]; do sleep 0.1; done; exit 4');
      const page = await open({ address: await stand.serve() });
      await row(page, 'train').getByText('running').waitFor();
      await until(() => residentsOf(stand.dir).length > 0, 'it has a resident');
      const { signalIfSame } = await processes();
      expect(residentsOf(stand.dir).map((resident) => signalIfSame(resident, 'SIGKILL'))).toContain(true);
      writeFileSync(join(stand.project, 'go'), '');
      await row(page, 'train').getByText('failed exit 4').waitFor();
    } finally {
      await stand.close();
    }
  });

  test('a waiting run gets its turn also if the resident is killed', async ({ open, expect }) => {
    const stand = openStand({ resident: true });
    try {
      await stand.start('first', 'until [ -e go ]; do sleep 0.1; done', '--queue', 'gpu');
      await stand.start('second', 'exec sleep 600', '--queue', 'gpu');
      const page = await open({ address: await stand.serve() });
      await row(page, 'second').getByText('queued').waitFor();
      await until(() => residentsOf(stand.dir).length > 0, 'it has a resident');
      const { signalIfSame } = await processes();
      expect(residentsOf(stand.dir).map((resident) => signalIfSame(resident, 'SIGKILL'))).toContain(true);
      writeFileSync(join(stand.project, 'go'), '');
      await row(page, 'second').getByText('running').waitFor();
    } finally {
      await stand.close();
    }
  });

  test('every step of the way has a key', async ({ stand, open, expect }) => {
    await stand.start('one', 'exec sleep 600');
    await stand.start('two', 'echo hello; exec sleep 600');
    const page = await open();
    await row(page, 'one').waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('/');
    await page.keyboard.type('two');
    await row(page, 'one').waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');
    await page.keyboard.press('j');
    await page.getByRole('article', { name: 'Run two' }).waitFor();
    await page.keyboard.press('s');
    const dialog = page.getByRole('dialog', { name: 'Stop two?' });
    await dialog.waitFor();
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Let it run'); // the harmless one
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await page.keyboard.press('x');
    await page.getByRole('form', { name: 'Change the time limit' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('form', { name: 'Change the time limit' }).waitFor({ state: 'detached' });
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Extend …');
    await page.keyboard.press('Escape');
    await page.getByRole('article').waitFor({ state: 'detached' });
    await page.keyboard.press('t');
    await page.getByRole('region', { name: 'Timeline' }).getByText('two', { exact: true }).waitFor();
    await page.keyboard.press('r');
    await row(page, 'two').waitFor();
  });

  test('a narrow page does not scroll sideways', async ({ stand, open, expect }) => {
    const long = 'a-step-with-a-name-that-is-longer-than-such-a-screen-is-wide';
    await stand.start(long, `echo ${'x'.repeat(500)}; exec sleep 600`, '--quiet-after', '1s');
    await stand.start('broken', 'echo "Error: no"; exit 1', '--wait');
    const page = await open({ width: 400 });
    const isWide = () => page.evaluate('document.documentElement.scrollWidth > innerWidth');
    await page.getByRole('region', { name: 'Runs that need a decision' }).waitFor();
    expect(await isWide()).toBe(false);
    await row(page, 'broken').click();
    await page.getByRole('log').getByText('Error: no').waitFor();
    expect(await isWide()).toBe(false);
    await page.getByRole('button', { name: 'Close the details' }).click();
    await page.getByRole('link', { name: 'Timeline' }).click();
    await page.getByRole('region', { name: 'Timeline' }).getByText('broken', { exact: true }).waitFor();
    expect(await isWide()).toBe(false);
  });

  test.for(['light', 'dark'] as const)(
    'axe finds nothing to improve (%s)',
    async (colours, { stand, open, expect }) => {
      await stand.start(
        'slow',
        'echo 3/10 > "$PM_PROGRESS"; printf "\\033[33mwarn\\033[0m \\033[2mdim\\033[0m\\n"; exec sleep 600',
        '--quiet-after',
        '1s',
      );
      await stand.start('broken', 'echo "Error: no"; exit 1', '--wait');
      const page = await open({ colours });
      await page.getByRole('region', { name: 'Runs that need a decision' }).waitFor();
      await page.evaluate(readFileSync(join(import.meta.dirname, '../node_modules/axe-core/axe.min.js'), 'utf8'));
      const faults = () =>
        page.evaluate(async () => {
          const axe = Reflect.get(globalThis, 'axe') as {
            run: () => Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>;
          };
          return (await axe.run()).violations.map(
            ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`,
          );
        });
      expect(await faults()).toEqual([]);
      await row(page, 'slow').click();
      await page.getByRole('log').getByText('warn').waitFor();
      expect(await faults()).toEqual([]);
      await page.keyboard.press('Escape');
      await page.keyboard.press('t');
      await page.getByRole('region', { name: 'Timeline' }).getByText('broken', { exact: true }).waitFor();
      expect(await faults()).toEqual([]);
      await page.keyboard.press('?');
      expect(await faults()).toEqual([]);
    },
  );

  test('a page that only looks offers nothing that changes something', async ({ stand, open, expect }) => {
    await stand.start('slow', 'exec sleep 600', '--quiet-after', '1s');
    const page = await open({ address: await stand.serve('--read-only') });
    await page.getByText('read only').waitFor();
    const decision = page.getByRole('region', { name: 'Runs that need a decision' });
    await decision.getByText('slow').waitFor();
    await row(page, 'slow').click();
    await page.getByRole('article', { name: 'Run slow' }).getByRole('log').waitFor();
    expect(await page.getByRole('button', { name: /Stop|Extend|Wait on/ }).count()).toBe(0);
  });
});

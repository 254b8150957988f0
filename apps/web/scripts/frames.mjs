// `npm run bench:page -- --runs 1000 --seconds 30`: what the page costs the browser while many runs are live and change. It names each
// frame and each task of the page that took more than 50 ms, and the CPU time of its main thread. With --fed the events are made in the
// browser, so that a thousand real processes do not take the CPU away from it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { PM } from './stage.mjs';

const number = (standard) => ({ type: 'string', default: standard });
const { values } = parseArgs({
  options: { runs: number('1000'), seconds: number('30'), every: number('5'), fed: { type: 'boolean' } },
});
const [runs, seconds, every] = [values.runs, values.seconds, values.every].map(Number);
const CHROMIUM = process.env.PM_TEST_CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/google-chrome'].find(existsSync);

const folder = mkdtempSync(join(tmpdir(), 'pm-frames-'));
const env = { ...process.env, XDG_STATE_HOME: join(folder, 'state') };
delete env.PM_DIR;
const projects = ['a', 'b', 'c', 'd'].map((name) => join(folder, name));
for (const project of projects) {
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{}');
}
const started = [];
let server;
let browser;
try {
  const job = `n=0; while :; do n=$((n + 1)); echo "$n/10000" > "$PM_PROGRESS"; echo "line $n"; sleep ${every}; done`;
  for (let n = 0; n < (values.fed ? 1 : runs); n++) {
    started.push(n);
    await pm(projects[n % 4], 'start', `job-${n}`, '--', 'sh', '-c', job);
  }
  server = spawn(process.execPath, [PM, 'web', '--port', '0'], {
    cwd: projects[0],
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [address] = await once(createInterface({ input: server.stdout }), 'line');
  browser = await chromium.launch({ executablePath: CHROMIUM, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  if (values.fed) await page.addInitScript(feed, { runs, every });
  const from = performance.now();
  await page.goto(address);
  await page.getByText('Live', { exact: true }).waitFor();
  await page.locator('a.row').first().waitFor();
  console.log(
    `${runs} live runs, each changes every ${every} s. The list was there after ${Math.round(performance.now() - from)} ms.`,
  );
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
  console.table({
    'it stands still': await watched(page, cdp, false),
    'it is scrolled': await watched(page, cdp, true),
  });
} finally {
  await browser?.close();
  server?.kill();
  for (const [first, project] of projects.entries()) {
    const steps = started.filter((n) => n % 4 === first).map((n) => `job-${n}`);
    if (steps.length > 0) await pm(project, 'stop', '--force', ...steps);
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 50 });
}

async function watched(page, cdp, isScrolled) {
  await sleep(1_000);
  const busy = async () => {
    const { metrics } = await cdp.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'TaskDuration').value;
  };
  const before = await busy();
  const told = await page.evaluate(
    ({ ms, isScrolled }) =>
      new Promise((resolve) => {
        const [frames, tasks] = [[], []];
        const observer = new PerformanceObserver((list) =>
          tasks.push(...list.getEntries().map(({ duration }) => duration)),
        );
        observer.observe({ entryTypes: ['longtask'] });
        const list = document.querySelector('.list');
        const end = performance.now() + ms;
        let last = performance.now();
        const frame = () => {
          const now = performance.now();
          frames.push(now - last);
          last = now;
          if (isScrolled) list.scrollTop = (list.scrollTop + 40) % (list.scrollHeight - list.clientHeight);
          if (now < end) requestAnimationFrame(frame);
          else resolve({ frames, tasks });
        };
        requestAnimationFrame(frame);
      }),
    { ms: seconds * 1_000, isScrolled },
  );
  const sorted = told.frames.sort((a, b) => a - b);
  return {
    frames: sorted.length,
    'middle ms': sorted[Math.floor(sorted.length / 2)].toFixed(1),
    'longest ms': sorted.at(-1).toFixed(1),
    'frames > 50 ms': sorted.filter((ms) => ms > 50).length,
    'tasks > 50 ms': told.tasks.length,
    '% of a core': ((100 * ((await busy()) - before)) / seconds).toFixed(1),
  };
}

/** In the browser: events as the server sends them, of runs that all change every few seconds. */
function feed({ runs, every }) {
  const beganAt = Date.now() - 60_000;
  const view = (n, progress) => ({
    step: `job-${n}`,
    id: `id-${n}`,
    dir: `/home/ada/project-${n % 4}/.pm`,
    state: 'running',
    evidence: 'wrapper and command alive',
    command: ['sh', '-c', 'work'],
    startedAt: beganAt - n,
    elapsedMs: Date.now() - beganAt + n,
    limitMs: 1_800_000,
    remainingMs: 600_000,
    progress: `${progress}/10000`,
  });
  globalThis.EventSource = class {
    readyState = 1;
    constructor(address) {
      if (address !== 'events') return;
      const send = (event) => this.onmessage?.({ data: JSON.stringify({ at: Date.now(), ...event }) });
      const all = Array.from({ length: runs }, (_, n) => view(n, 1));
      setTimeout(() => send({ type: 'all', runs: all, total: runs, queues: [], breakers: [] }));
      let at = 0;
      let progress = 1;
      setInterval(() => {
        const some = Array.from({ length: Math.ceil(runs / every / 10) }, (_, n) => view((at + n) % runs, progress));
        at += some.length;
        progress += 1;
        send({ type: 'change', runs: some });
      }, 100);
      setInterval(() => {
        const usage = all.map(({ id }, n) => [id, [progress * 20 + n, 1e6 * (n % 90) + progress, 3]]);
        send({ type: 'usage', usage: Object.fromEntries(usage) });
      }, 1_000);
    }
    addEventListener() {}
    close() {}
  };
}

async function pm(cwd, ...words) {
  const child = spawn(process.execPath, [PM, ...words], { cwd, env, stdio: 'ignore' });
  await once(child, 'exit');
}

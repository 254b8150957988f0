import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import type { PastRuns } from '@pm/operations';
import { LONG, until } from '@pm/testing';
import { lookAt, memoryOf, type Served, type Stage, test } from './stage.ts';

test.concurrent('a page is shown each run as it goes, from its start to its end', async ({ stage, expect }) => {
  const served = await stage.serve('--port', '0');
  const page = await lookAt(served);
  await page.until(() => page.events.length > 0);
  const cue = join(stage.folder, 'cue');
  const script = `echo 3/10 > "$PM_PROGRESS"; until [ -e ${cue} ]; do sleep 0.05; done; exit 3`;
  await served.ask('start', { step: 'train', command: ['sh', '-c', script] });
  await page.until(({ runs }) => [...runs.values()].some((run) => run.step === 'train' && run.progress === '3/10'));
  const [run] = [...page.state().runs.values()];
  expect(run).toMatchObject({ state: 'running', dir: stage.dir });
  await page.until(({ usage }) => run !== undefined && usage[run.id] !== undefined);
  expect(page.state().usage[run?.id ?? '']?.[2]).toBeGreaterThan(0);
  await served.ask('extend', { step: 'train', limit: '2h' });
  await page.until(({ runs }) => runs.get(run?.id ?? '')?.limitMs === 7_200_000);
  writeFileSync(cue, '');
  await page.until(({ runs }) => runs.get(run?.id ?? '')?.outcome === 'failed');
  expect(page.state().runs.get(run?.id ?? '')).toMatchObject({ exitCode: 3, unseen: true });
  // Who asks for it has seen it.
  await served.ask('status', { step: 'train' });
  await page.until(({ runs }) => runs.get(run?.id ?? '')?.unseen === undefined);
  const past = await served.json<PastRuns>(`history?dir=${encodeURIComponent(stage.dir)}&step=train`);
  expect(past).toMatchObject({ total: 1, runs: [{ step: 'train', outcome: 'failed' }] });
  expect(await served.json<PastRuns>('timeline?sinceMs=0')).toMatchObject({ total: 1, runs: [{ outcome: 'failed' }] });
  expect((await served.json<PastRuns>(`timeline?sinceMs=${Date.now() + 60_000}`)).runs).toEqual([]);
  // Only the newest run of a step is shown.
  await served.ask('start', { step: 'train', command: ['true'] });
  await page.until(({ runs }) => [...runs.values()].some(({ outcome }) => outcome === 'success'));
  await page.until(({ runs }) => runs.size === 1);
});

test.concurrent('what waits in a queue is shown, has its turn, or leaves', async ({ stage, expect }) => {
  const served = await stage.serve('--port', '0');
  const page = await lookAt(served);
  const cue = join(stage.folder, 'cue');
  const waits = ['sh', '-c', `until [ -e ${cue} ]; do sleep 0.05; done`];
  for (const step of ['a', 'b', 'c']) await served.ask('start', { step, command: waits, queue: 'heavy' });
  const shown = (step: string) => [...page.state().runs.values()].find((run) => run.step === step);
  await page.until(() => shown('b')?.state === 'queued' && shown('c')?.queue?.place === 2);
  await page.until(({ queues }) => queues.some(({ name, total }) => name === 'heavy' && total === 2));
  await served.ask('stop', { steps: ['c'] });
  await page.until(() => shown('c')?.outcome === 'cancelled' || shown('c') === undefined);
  writeFileSync(cue, '');
  await served.ask('wait', { steps: ['b'] });
  await page.until(() => shown('b')?.outcome === 'success');
  expect(shown('a')?.outcome).toBe('success');
});

test.concurrent('a directory that joins is shown, and one that is removed is not', async ({ stage, expect }) => {
  const served = await stage.serve('--port', '0');
  const page = await lookAt(served);
  await page.until(() => page.events.length > 0);
  const dir = join(stage.folder, 'other/.pm');
  await served.ask('start', { step: 'there', command: ['true'], dir, queue: 'q' }); // no start but this one names it
  await page.until(({ runs }) => [...runs.values()].some((run) => run.dir === dir && run.outcome === 'success'));
  await stage.pm('prune', '--all', '--dir', dir);
  await page.until(({ runs }) => runs.size === 0);
  expect(page.events.some(({ type }) => type === 'gone')).toBe(true);
});

test.concurrent('all pages share one watch, and without a page nothing runs', async ({ stage, expect }) => {
  const served = await stage.serve('--port', '0');
  await stage.pm('start', 'web', '--', 'sleep', '600');
  const pages = await Promise.all(Array.from({ length: 5 }, () => lookAt(served)));
  for (const page of pages) await page.until(({ runs }) => runs.size === 1);
  expect(watchesOf(served)).toBeGreaterThan(0);
  for (const page of pages.slice(1)) page.leave();
  await stage.pm('start', 'second', '--', 'sleep', '600');
  await pages[0]?.until(({ runs }) => runs.size === 2);
  pages[0]?.leave();
  await until(() => watchesOf(served) === 0, 'nothing is watched any more');
  const again = await lookAt(served);
  await again.until(({ runs }) => runs.size === 2);
  again.leave();
});

test.concurrent('a page that takes nothing gets everything anew once it reads, and costs little', async ({
  stage,
  expect,
}) => {
  const served = await stage.serve('--port', '0');
  const quick = await lookAt(served);
  await quick.until(() => quick.events.length > 0);
  const slow = await stalled(served);
  const before = memoryOf(served);
  const count = LONG ? 400 : 40;
  const command = ['sh', '-c', 'exit 1', 'x'.repeat(100_000)]; // a view with a long command
  for (let n = 0; n < count; n++) await served.ask('start', { step: `s${n}`, command, wait: true });
  await quick.until(({ runs }) => [...runs.values()].filter(({ outcome }) => outcome === 'failed').length === count);
  expect(memoryOf(served) - before).toBeLessThan(250_000_000);
  const told = await slow.read((text) => /"step":"s0"/.test(text) && text.includes(`"step":"s${count - 1}"`));
  expect(told.match(/"type":"all"/g)?.length).toBeGreaterThan(0);
});

test.concurrent('a server that was killed has the same address again, and a page goes on', async ({
  stage,
  expect,
}) => {
  const first = await stage.serve();
  const page = await lookAt(first);
  await page.until(() => page.events.length > 0);
  const port = String(first.port);
  await first.end('SIGKILL');
  await expect(page.until(() => false)).rejects.toThrow();
  const second = await stage.serve('--port', port);
  expect(second.address).toBe(first.address);
  await stage.pm('start', 'quick', '--wait', '--', 'true');
  const again = await lookAt(second);
  await again.until(({ runs }) => [...runs.values()].some(({ outcome }) => outcome === 'success'));
  expect(await second.end('SIGTERM')).toBe(0);
});

test.concurrent('a resident that is killed meanwhile hides no end', async ({ stage, expect }) => {
  const served = await stage.serveWith({ PM_RESIDENT: undefined }, '--port', '0');
  const page = await lookAt(served);
  const cue = join(stage.folder, 'cue');
  await served.ask('start', {
    step: 'train',
    command: ['sh', '-c', `until [ -e ${cue} ]; do sleep 0.05; done; exit 4`],
  });
  await page.until(({ runs }) => [...runs.values()].some(({ state }) => state === 'running'));
  await until(() => residentsOf(stage).length > 0, 'the run has a resident');
  for (const pid of residentsOf(stage)) process.kill(pid, 'SIGKILL');
  writeFileSync(cue, '');
  await page.until(({ runs }) => [...runs.values()].some(({ exitCode }) => exitCode === 4));
  expect(page.state().runs.size).toBe(1);
});

/** How many files and folders the server watches. */
function watchesOf({ child }: Served): number {
  const folder = `/proc/${child.pid}/fdinfo`;
  const texts = readdirSync(folder).map((fd) => {
    try {
      return readFileSync(`${folder}/${fd}`, 'utf8');
    } catch {
      return ''; // it was closed just now
    }
  });
  return texts.join('\n').match(/^inotify wd:/gm)?.length ?? 0;
}

/** The residents of the directory of this test, which no other process names. */
function residentsOf({ dir }: Stage): number[] {
  return readdirSync('/proc').flatMap((name) => {
    try {
      const words = /^\d+$/.test(name) ? readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0') : [];
      return words.includes(dir) && words.some((word) => word.endsWith('/resident.cjs')) ? [Number(name)] : [];
    } catch {
      return []; // it has ended
    }
  });
}

/** A page whose program does not read. */
async function stalled({ address }: Served): Promise<{ read(enough: (text: string) => boolean): Promise<string> }> {
  const [response] = (await once(request(`${address}events`, { agent: false }).end(), 'response')) as [IncomingMessage];
  response.setEncoding('utf8').pause();
  return {
    read: async (enough) => {
      let text = '';
      for await (const chunk of response as AsyncIterable<string>) {
        text += chunk;
        if (enough(text)) break;
      }
      return text;
    },
  };
}

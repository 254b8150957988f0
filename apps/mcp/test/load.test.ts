import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { connect } from './server.ts';
import { call, job, test, until } from './stage.ts';

const HAS_PROC = process.platform === 'linux';

test.skipIf(!HAS_PROC)('a thousand calls leave no handle, no process and no memory behind', async ({ stage }) => {
  const serving = stage.serve();
  const client = await connect(serving, 'auto');
  const pid = serving.child.pid ?? 0;
  await call(client, 'start_run', { step: 'long', command: [job('until-cue.sh'), 'end'] });
  const some = async (count: number): Promise<void> => {
    for (let done = 0; done < count; done += 10)
      await Promise.all([...CALLS, ...CALLS].map(([name, input]) => call(client, name, input)));
  };
  await some(300);
  const before = { handles: handlesOf(pid), kilobytes: memoryOf(pid) };
  await some(700);
  await until(() => handlesOf(pid) <= before.handles, 'its handles are as few as before');
  expect(childrenOf(pid)).toHaveLength(1); // the run itself
  // A leak of one kilobyte a call would not show, one of a signal or a timer with its closure does: those are 40 MB.
  expect(memoryOf(pid) - before.kilobytes).toBeLessThan(35_000);
  for (const line of serving.lines) expect(JSON.parse(line)).toMatchObject({ jsonrpc: '2.0' });
  stage.cue('end');
});

const CALLS: [string, Record<string, unknown>][] = [
  ['ls_runs', {}],
  ['show_status', { step: 'long' }],
  ['read_logs', { step: 'long' }],
  ['wait_run', { steps: ['long'], budget: '1ms' }],
  ['wait_run', { steps: ['nothing'] }],
];

function handlesOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

function childrenOf(pid: number): string[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
}

/** Resident memory, kB. */
function memoryOf(pid: number): number {
  return Number(/VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

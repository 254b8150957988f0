import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, watch, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { median, ms, pm, pmInBackground, preciseNow, project } from '../stage.mjs';

export const title = 'ending on disk until pm wait has returned';
export const budget = '10 ms';

export async function measure() {
  const cwd = project();
  const late = [];
  const bare = [];
  for (let i = 0; i < 20; i++) {
    pm(cwd, 'start', `job${i}`, '--', 'sleep', '0.4');
    const ended = endingOf(`${cwd}/.pm/runs`);
    const waiting = pmInBackground(cwd, 'wait', `job${i}`);
    await once(waiting, 'exit');
    const returnedAt = preciseNow();
    late.push(returnedAt - (await ended));
    bare.push(await endOfBareNode(`${cwd}/bare${i}`));
  }
  return {
    value: ms(median(late)),
    within: median(late) <= 10,
    detail: `median of ${late.length}, including the exit of the process; a bare node process that watches a folder and ends: ${ms(median(bare))}`,
  };
}

/** When the ending of the newest run appears. Its mtime would only be as exact as the kernel's tick. */
function endingOf(runs) {
  const newest = readdirSync(runs).sort().at(-1);
  return new Promise((resolve) => {
    const watcher = watch(`${runs}/${newest}`, (_, name) => {
      if (name !== 'ending') return;
      watcher.close();
      resolve(preciseNow());
    });
  });
}

/** The part of the figure that pm cannot change: from the appearance of a file until a node process that waits for it has exited. */
async function endOfBareNode(folder) {
  mkdirSync(folder);
  const script = 'const w = require("fs").watch(process.argv[1], () => w.close()); console.log("watching")';
  const child = spawn(process.execPath, ['-e', script, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  await sleep(100);
  const appearedAt = preciseNow();
  writeFileSync(`${folder}/file`, '');
  await once(child, 'exit');
  return preciseNow() - appearedAt;
}

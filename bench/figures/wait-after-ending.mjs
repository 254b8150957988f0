import { once } from 'node:events';
import { readdirSync, watch } from 'node:fs';
import { median, ms, pm, pmInBackground, preciseNow, project } from '../stage.mjs';

export const title = 'ending on disk → pm wait has returned';
export const budget = '10 ms';

export async function measure() {
  const cwd = project();
  const late = [];
  for (let i = 0; i < 20; i++) {
    pm(cwd, 'start', `job${i}`, '--', 'sleep', '0.4');
    const ended = endingOf(`${cwd}/.pm/runs`);
    const waiting = pmInBackground(cwd, 'wait', `job${i}`);
    await once(waiting, 'exit');
    const returnedAt = preciseNow();
    late.push(returnedAt - (await ended));
  }
  return {
    value: ms(median(late)),
    within: median(late) <= 10,
    detail: `median of ${late.length}, the exit of the process included`,
  };
}

/** When the ending of the newest run appears; its mtime is only as fine as the kernel's tick. */
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

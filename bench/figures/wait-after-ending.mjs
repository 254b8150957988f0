import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { median, ms, pm, pmInBackground, preciseNow, project } from '../stage.mjs';

export const title = 'ending on disk → pm wait has returned';
export const budget = '10 ms';

export async function measure() {
  const cwd = project();
  const late = [];
  for (let i = 0; i < 20; i++) {
    pm(cwd, 'start', `job${i}`, '--', 'sleep', '0.4');
    const waiting = pmInBackground(cwd, 'wait', `job${i}`);
    await once(waiting, 'exit');
    const returnedAt = preciseNow();
    late.push(returnedAt - endedAt(`${cwd}/.pm/runs`));
  }
  return {
    value: ms(median(late)),
    within: median(late) <= 10,
    detail: `median of ${late.length}, the exit of the process included`,
  };
}

/** When the newest run's exit was recorded. */
function endedAt(runs) {
  const newest = readdirSync(runs).sort().at(-1);
  return statSync(`${runs}/${newest}/exit`).mtimeMs;
}

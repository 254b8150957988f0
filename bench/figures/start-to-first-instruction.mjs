import { readFileSync } from 'node:fs';
import { median, ms, pm, preciseNow, project, timed } from '../stage.mjs';

export const title = 'pm start until the first instruction of the command';
export const budget = '2.3 × one `node -e 0`';

export function measure() {
  const cwd = project();
  const node = [];
  const first = [];
  for (let i = 0; i < 40; i++) {
    node.push(timed(process.execPath, ['-e', '0']));
    const from = preciseNow();
    pm(cwd, 'start', `job${i}`, '--', 'date', '+%s%N');
    first.push(stampIn(`${cwd}/.pm/job${i}.log`) - from);
  }
  const ratio = median(first) / median(node);
  return {
    value: `${ratio.toFixed(2)} ×`,
    within: ratio <= 2.3,
    detail: `medians of 40: pm start ${ms(median(first))}, node -e 0 ${ms(median(node))}`,
  };
}

/** The time that date(1) printed as the first thing it did. */
function stampIn(log) {
  for (;;) {
    const text = readFileSync(log, 'utf8');
    if (text.endsWith('\n')) return Number(text) / 1e6;
  }
}

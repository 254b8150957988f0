import { readFileSync } from 'node:fs';
import { median, ms, pm, preciseNow, project, timed } from '../stage.mjs';

export const title = 'pm start → first instruction of the command';
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
    detail: `medians of 40: ${ms(median(first))} against ${ms(median(node))}`,
  };
}

/** What date(1) printed, which is the first thing the command does. */
function stampIn(log) {
  for (;;) {
    const text = readFileSync(log, 'utf8');
    if (text.endsWith('\n')) return Number(text) / 1e6;
  }
}

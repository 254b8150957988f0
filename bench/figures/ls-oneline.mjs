import { MAIN, median, ms, pm, project, timed } from '../stage.mjs';

export const title = 'pm ls --oneline with 10 live runs and a failure';
export const budget = '2.0 × one `node -e 0`';

export function measure() {
  const cwd = project();
  for (let i = 0; i < 10; i++) pm(cwd, 'start', `job${i}`, '--', 'sleep', '300');
  pm(cwd, 'start', 'bad', '--', 'false');
  const node = [];
  const line = [];
  for (let i = 0; i < 40; i++) {
    node.push(timed(process.execPath, ['-e', '0']));
    line.push(timed(process.execPath, [MAIN, 'ls', '--oneline'], cwd));
  }
  pm(cwd, 'down', '--force');
  const ratio = median(line) / median(node);
  return {
    value: `${ratio.toFixed(2)} ×`,
    within: ratio <= 2,
    detail: `medians of 40: pm ls --oneline ${ms(median(line))}, node -e 0 ${ms(median(node))}`,
  };
}

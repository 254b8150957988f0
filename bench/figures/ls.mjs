import { MAIN, median, ms, pm, project, timed } from '../stage.mjs';

export const title = 'pm ls with 10 runs';
export const budget = '2.0 × one `node -e 0`';

export function measure() {
  const cwd = project();
  for (let i = 0; i < 10; i++) pm(cwd, 'start', '--wait', `job${i}`, '--', 'true');
  const node = [];
  const ls = [];
  for (let i = 0; i < 40; i++) {
    node.push(timed(process.execPath, ['-e', '0']));
    ls.push(timed(process.execPath, [MAIN, 'ls'], cwd));
  }
  const ratio = median(ls) / median(node);
  return {
    value: `${ratio.toFixed(2)} ×`,
    within: ratio <= 2,
    detail: `medians of 40: pm ls ${ms(median(ls))}, node -e 0 ${ms(median(node))}`,
  };
}

import { readdirSync, readFileSync } from 'node:fs';
import { watch } from '@pm/monitor';
import { DEFAULT_POLICY } from '@pm/protocol';
import { begin, launch } from '@pm/wrapper';
import { JOBS, median, ms, preciseNow, project } from '../stage.mjs';

export const title = 'exit of the command until a watching process knows it (p50)';
export const budget = '3 ms';

export async function measure() {
  const cwd = project();
  const dir = `${cwd}/.pm`;
  const late = [];
  for (let i = 0; i < 60; i++) {
    const spec = {
      dir,
      step: `job${i}`,
      argv: ['sh', `${JOBS}/stamp-and-exit.sh`],
      cwd,
      policy: DEFAULT_POLICY,
    };
    const begun = await begin({ ...spec, owner: { user: 'bench' } });
    await launch(dir, begun.run, { env: process.env });
    for await (const event of watch(dir, [begun.run], { signal: new AbortController().signal, by: 'bench' })) {
      if (event.type === 'look' && event.verdict.verdict === 'ended')
        late.push(preciseNow() - Number(readFileSync(`${dir}/job${i}.log`, 'utf8')) / 1e6);
    }
  }
  return {
    value: ms(median(late)),
    within: median(late) <= 3,
    detail: `${late.length} endings, measured from the last output of the command; p95 ${ms(late.toSorted((a, b) => a - b)[Math.floor(late.length * 0.95)])}; ${readdirSync(`${dir}/ended`).length} of them announced`,
  };
}

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { rawLog } from '../src/index.ts';
import { test } from './stage.ts';

test('the rest of an attempt is followed before the next one begins, and their texts are not mixed', async ({
  stage,
}) => {
  const cue = join(stage.folder, 'go-on');
  const script = `if [ ! -e ${cue} ]; then echo one; until [ -e ${cue} ]; do sleep 0.05; done; echo rest; exit 3; fi; echo two`;
  await stage.ask('start', { step: 'work', command: ['sh', '-c', script], retries: 1, backoff: '1ms' });
  const { followWindow } = await rawLog();
  const seen: [number | undefined, string][] = [];
  for await (const { attempt, text } of followWindow({ dir: stage.dir, run: 'work' }, 0, AbortSignal.timeout(60_000))) {
    if (text === '') continue;
    seen.push([attempt, text]);
    if (text === 'one\n') writeFileSync(cue, '');
  }
  const textsOf = (n: number) =>
    seen
      .filter(([attempt]) => attempt === n)
      .map(([, text]) => text)
      .join('');
  expect([textsOf(1), textsOf(2)]).toEqual(['one\nrest\n', 'two\n']);
});

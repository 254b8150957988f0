import { expect, test } from 'vitest';
import { counted, type Tally } from './run-batch.ts';

type Ending = Parameters<typeof counted>[1];

test.each<[what: string, ends: Ending[], inARow: number]>([
  ['failures in a row', [{ outcome: 'failed' }, { outcome: 'timeout' }, { outcome: 'lost' }], 3],
  ['a success begins anew', [{ outcome: 'failed' }, { outcome: 'success' }, { outcome: 'hung' }], 1],
  ['a stop changes nothing', [{ outcome: 'failed' }, { outcome: 'cancelled', reason: 'asked' }], 1],
  ['a refusal at its turn is a failure', [{ outcome: 'cancelled', reason: 'preflight-failed' }], 1],
])('%s', (_, ends, inARow) => {
  const tally = ends.reduce(counted, { counts: {}, inARow: 0 } as Tally);
  expect(tally.inARow).toBe(inARow);
  expect(Object.values(tally.counts).reduce((sum, n) => sum + n, 0)).toBe(ends.length);
});

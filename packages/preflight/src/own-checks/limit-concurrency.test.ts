import { expect, test } from 'vitest';
import { limitConcurrency } from './limit-concurrency.ts';

test('no more than so many work at once, all get their turn, and one that fails gives its own back', async () => {
  const inTurn = limitConcurrency(3);
  let running = 0;
  let most = 0;
  const order: number[] = [];
  const ended = await Promise.allSettled(
    Array.from({ length: 20 }, (_, n) =>
      inTurn(async () => {
        order.push(n);
        most = Math.max(most, ++running);
        await new Promise((resolve) => setImmediate(resolve));
        running--;
        if (n % 4 === 0) throw new Error('fails');
        return n;
      }),
    ),
  );
  expect([most, running]).toEqual([3, 0]);
  expect(order).toEqual([...order.keys()]);
  expect(ended.filter(({ status }) => status === 'fulfilled')).toHaveLength(15);
});

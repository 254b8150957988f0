import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lineUp } from './line-up.ts';
import { FRONT, type Ticket } from './ticket.ts';

const A = 'a'.repeat(16);
const B = 'b'.repeat(16);

test.each<[string, [string, number, number, string][], [string, number][], string]>([
  ['nobody', [], [], ''],
  [
    'first come, first served',
    [
      ['2', 0, 2, A],
      ['1', 0, 1, A],
    ],
    [],
    '1 2',
  ],
  [
    'a higher priority first',
    [
      ['1', 0, 1, A],
      ['2', 9, 2, A],
    ],
    [],
    '2 1',
  ],
  [
    'the front before the highest priority, the latest first',
    [
      ['1', 100, 1, A],
      ['2', FRONT, 2, A],
      ['3', FRONT, 3, A],
    ],
    [],
    '3 2 1',
  ],
  [
    'two projects in turns',
    [
      ['1', 0, 1, A],
      ['2', 0, 2, A],
      ['3', 0, 3, B],
    ],
    [],
    '1 3 2',
  ],
  [
    'the project that waited longer for a turn',
    [
      ['1', 0, 1, A],
      ['2', 0, 2, B],
    ],
    [
      [A, 7],
      [B, 6],
    ],
    '2 1',
  ],
  [
    'a project that never had one',
    [
      ['1', 0, 1, A],
      ['2', 0, 2, B],
    ],
    [[A, 1]],
    '2 1',
  ],
  [
    'a priority counts more than a turn',
    [
      ['1', 1, 1, A],
      ['2', 0, 2, B],
    ],
    [[A, 9]],
    '1 2',
  ],
  [
    'a turn in the front counts as a turn',
    [
      ['1', FRONT, 1, A],
      ['2', 0, 2, A],
      ['3', 0, 3, B],
    ],
    [],
    '1 3 2',
  ],
  [
    'the same order: by id',
    [
      ['2', 0, 1, A],
      ['1', 0, 1, A],
    ],
    [],
    '1 2',
  ],
])('%s', (_, waiting, served, expected) => {
  const tickets = waiting.map(([id, priority, order, project]) => ({ id, priority, order, project, realm: '' }));
  expect(
    lineUp(tickets, new Map(served))
      .map(({ id }) => id)
      .join(' '),
  ).toBe(expected);
});

const ticket = fc.record({
  id: fc.uuid(),
  priority: fc.constantFrom(-1, 0, 1, FRONT),
  order: fc.nat(20),
  project: fc.constantFrom(A, B, 'c'.repeat(16)),
  realm: fc.constant(''),
});
const tickets = fc.uniqueArray(ticket, { selector: ({ id }) => id, maxLength: 30 });
const servedMap = fc
  .dictionary(fc.constantFrom(A, B), fc.integer({ min: 1, max: 9 }))
  .map((of) => new Map(Object.entries(of)));

/** The model: takes one entry at a time, by asking every other one. */
function model(waiting: readonly Ticket[], served: ReadonlyMap<string, number>): string[] {
  const left = [...waiting];
  const turns = new Map(served);
  const ids: string[] = [];
  while (left.length > 0) {
    const key = ({ priority, project, order, id }: Ticket): (number | string)[] =>
      priority === FRONT ? [-FRONT, 0, -order, id] : [-priority, turns.get(project) ?? 0, order, id];
    left.sort((a, b) => {
      const [x, y] = [key(a), key(b)];
      const at = x.findIndex((value, i) => value !== y[i]);
      const sign = (x[at] as number) < (y[at] as number) ? -1 : 1;
      return at === 3 && a.priority === FRONT ? -sign : sign;
    });
    const next = left.shift() as Ticket;
    turns.set(next.project, Math.max(0, ...turns.values()) + 1);
    ids.push(next.id);
  }
  return ids;
}

test('is what taking one entry after the other gives', () => {
  fc.assert(
    fc.property(tickets, servedMap, (waiting, served) => {
      expect(lineUp(waiting, served).map(({ id }) => id)).toEqual(model(waiting, served));
    }),
  );
});

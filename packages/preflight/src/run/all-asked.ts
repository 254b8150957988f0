import { type Asked, type AskOptions, askedOf, type Wish } from './asked.ts';

/**
 * Several checks at once. If one of them is none, those of the project's own that were opened meanwhile are ended: nobody will ask them,
 * and they would keep whoever opened them from ending.
 * @throws PmError `usage`, the first in the order asked
 */
export async function allAsked(
  wishes: readonly { readonly wish: Wish; readonly where: string }[],
  options: Omit<AskOptions, 'where'>,
): Promise<Asked[]> {
  const settled = await Promise.allSettled(wishes.map(({ wish, where }) => askedOf(wish, { ...options, where })));
  const asked = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const fault = settled.find((one) => one.status === 'rejected');
  if (fault === undefined) return asked;
  await Promise.all(asked.map(({ check }) => check.dispose?.()));
  throw fault.reason;
}

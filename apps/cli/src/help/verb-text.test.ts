import { descriptions, operations } from '@pm/operations';
import { expect, test } from 'vitest';
import { flagsOf } from '../parse/flags.ts';
import { descriptionOf } from './verb-text.ts';

test.each(Object.entries(operations))('every field of %s says what it is', async (_verb, load) => {
  const describe = await descriptions();
  const silent = flagsOf((await load()).input).filter(({ schema }) => descriptionOf(schema, describe) === '');
  expect(silent.map(({ field }) => field)).toEqual([]);
});

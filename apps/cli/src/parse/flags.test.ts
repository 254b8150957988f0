import { type OperationName, operations } from '@pm/operations';
import { describe, expect, test } from 'vitest';
import { positionalsOf, VERBS } from '../call/verbs.ts';
import { flagsOf } from './flags.ts';
import type { Schema } from './schema.ts';

describe('flagsOf', () => {
  const text = schema({ type: 'string' });

  test.each<[what: string, field: Schema, kind: string]>([
    ['a string', text, 'text'],
    ['a number', schema({ type: 'number' }), 'number'],
    ['a boolean', schema({ type: 'boolean' }), 'switch'],
    ['an array of strings', schema({ type: 'array', element: text }), 'texts'],
    ['something optional', schema({ type: 'optional', innerType: schema({ type: 'boolean' }) }), 'switch'],
    ['something nullable with a default', wrapped('nullable', wrapped('default', text)), 'text'],
    ['a pipe, by what is written into it', schema({ type: 'pipe', in: text }), 'text'],
  ])('%s', (_what, field, kind) => {
    expect(flagsOf(objectOf({ field }))).toMatchObject([{ field: 'field', kind }]);
  });

  test('an enum brings its words', () => {
    const field = schema({ type: 'enum', entries: { output: 'output', beat: 'beat' } });
    expect(flagsOf(objectOf({ field }))).toMatchObject([{ kind: 'choice', choices: ['output', 'beat'] }]);
  });

  test('a field in camelCase becomes a flag in kebab-case', () => {
    expect(flagsOf(objectOf({ quietAfter: text }))).toMatchObject([{ name: 'quiet-after' }]);
  });

  test('what no flag can be made of is refused by name', () => {
    expect(() => flagsOf(objectOf({ when: schema({ type: 'date' }) }))).toThrow('the field when (date)');
  });
});

describe('the operations', () => {
  test.each(Object.entries(operations))(
    'every field of %s can be written, and what is positional exists',
    async (verb, load) => {
      const { input } = await load();
      const fields = flagsOf(input).map(({ field }) => field);
      const form = VERBS[verb as OperationName];
      const { afterDashes, short = {} } = form;
      const named = [...positionalsOf(form), afterDashes, ...Object.keys(short)].filter((field) => field !== undefined);
      expect(fields).toEqual(expect.arrayContaining(named));
    },
  );

  test.each(Object.keys(VERBS))('%s has an operation', (verb) => {
    expect(Object.keys(operations)).toContain(verb);
  });
});

function schema(def: Schema['_zod']['def']): Schema {
  return { _zod: { def } };
}

function wrapped(type: string, innerType: Schema): Schema {
  return schema({ type, innerType });
}

function objectOf(shape: Record<string, Schema>): Schema {
  return schema({ type: 'object', shape });
}

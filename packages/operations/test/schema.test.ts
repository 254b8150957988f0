import { BUILT_IN, type Check, Common } from '@pm/preflight';
import { expect, test } from 'vitest';
import * as z from 'zod/mini';
import { Config } from '../src/config.ts';
import { ObjectWish } from '../src/configured-checks.ts';

// schema/config.json is generated here, from the schema that reads the file. After a change of an option:
// npx vitest run packages/operations/test/schema.test.ts -u
test('schema/config.json is up to date', async () => {
  const { $schema, ...rest } = z.toJSONSchema(Config, {
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      if (Object.is(zodSchema, ObjectWish)) replace(jsonSchema, { anyOf: [...BUILT_IN.map(wishOf), OWN] });
    },
  });
  const title = 'What this project runs under Process Monitor, and how it is judged';
  const text = `${JSON.stringify({ $schema, $id: 'pm:config:v1', title, ...rest }, null, 2)}\n`;
  await expect(text).toMatchFileSnapshot('../schema/config.json');
});

/** A check of the project's own: whatever else it takes, only it knows. */
const OWN = {
  type: 'object',
  properties: { check: { type: 'string', pattern: '[./]', description: 'A check of your own: a path or a package.' } },
  required: ['check'],
};

function wishOf({ id, title, options }: Check<unknown>) {
  const [own, common] = [options, Common].map((schema) => z.toJSONSchema(schema, { io: 'input' }));
  return {
    type: 'object',
    description: title,
    properties: { check: { const: id }, ...own?.properties, ...common?.properties },
    required: ['check', ...(own?.required ?? [])],
    additionalProperties: false,
  };
}

function replace(schema: object, by: object): void {
  for (const key of Object.keys(schema)) Reflect.deleteProperty(schema, key);
  Object.assign(schema, by);
}

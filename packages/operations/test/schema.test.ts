import { BUILT_IN, type Check, CommonOptions } from '@pm/preflight';
import { expect, test } from 'vitest';
import * as z from 'zod/mini';
import { Config, ObjectSpec } from '../src/config/config.ts';
import { type OperationName, operations } from '../src/index.ts';
import { Transition } from '../src/shape/transition.ts';

// schema/*.json is generated here, from the schemas that read and write. After a change of an option or an answer:
// npx vitest run packages/operations/test/schema.test.ts -u
test('schema/config.json is up to date', async () => {
  const { $schema, ...rest } = z.toJSONSchema(Config, {
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      if (Object.is(zodSchema, ObjectSpec)) replace(jsonSchema, { anyOf: [...BUILT_IN.map(wishOf), OWN] });
    },
  });
  const title = 'What this project runs under Process Monitor, and how it is judged';
  const text = `${JSON.stringify({ $schema, $id: 'pm:config:v1', title, ...rest }, null, 2)}\n`;
  await expect(text).toMatchFileSnapshot('../schema/config.json');
});

// What `--json` prints is public: within a major version it may only grow.
test.each<[name: string, title: string, of: OperationName | typeof Transition]>([
  ['answer', 'What start run wait ls status stop extend recover prune breaker answer', 'start'],
  ['log-answer', 'What logs answers', 'logs'],
  ['preflight-answer', 'What preflight answers', 'preflight'],
  ['doctor-answer', 'What doctor answers', 'doctor'],
  ['init-answer', 'What init answers', 'init'],
  ['template-answer', 'What template answers', 'template'],
  ['conformance-answer', 'What conformance answers', 'conformance'],
  ['transition', 'What watch tells, one a line', Transition],
])('schema/%s.json is up to date', async (name, title, of) => {
  const output = typeof of === 'string' ? await (await operations[of]()).output() : of;
  const { $schema, ...rest } = z.toJSONSchema(output, { io: 'input' });
  const text = `${JSON.stringify({ $schema, $id: `pm:${name}:v1`, title, ...rest }, null, 2)}\n`;
  await expect(text).toMatchFileSnapshot(`../schema/${name}.json`);
});

test('every verb answers by one of these schemas', async () => {
  const told = ['start', 'logs', 'preflight', 'doctor', 'init', 'template', 'conformance'] as const;
  const known = new Set(await Promise.all(told.map(async (name) => (await operations[name]()).output())));
  for (const load of Object.values(operations)) expect(known).toContain(await (await load()).output());
});

/** A check of the project's own: whatever else it takes, only it knows. */
const OWN = {
  type: 'object',
  properties: { check: { type: 'string', pattern: '[./]', description: 'A check of your own: a path or a package.' } },
  required: ['check'],
};

function wishOf({ id, title, options }: Check<unknown>) {
  const [own, common] = [options, CommonOptions].map((schema) => z.toJSONSchema(schema, { io: 'input' }));
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

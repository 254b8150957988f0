import { expect, test } from 'vitest';
import * as z from 'zod/mini';
import { Config } from '../src/config.ts';

// schema/config.json is generated here, from the schema that reads the file. After a change of an option:
// npx vitest run packages/operations/test/schema.test.ts -u
test('schema/config.json is up to date', async () => {
  const { $schema, ...rest } = z.toJSONSchema(Config, { io: 'input' });
  const title = 'What this project runs under Process Monitor, and how it is judged';
  const text = `${JSON.stringify({ $schema, $id: 'pm:config:v1', title, ...rest }, null, 2)}\n`;
  await expect(text).toMatchFileSnapshot('../schema/config.json');
});

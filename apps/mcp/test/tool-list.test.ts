import { expect, test } from 'vitest';
import { INSTRUCTIONS, SERVER_INFO } from '../src/identity.ts';
import { TOOLS } from '../src/tools/tools.ts';
import { deriveToolList } from './derive-tool-list.ts';

// The golden file itself is served. After a change of an option or a tool run: npx vitest run apps/mcp/test/tool-list.test.ts -u
test('src/tools/tool-list.json is what the operations say', async () => {
  await expect(`${JSON.stringify({ tools: await deriveToolList() }, null, 2)}\n`).toMatchFileSnapshot(
    '../src/tools/tool-list.json',
  );
});

test('a model reads less than 7.5 kB of tools and 600 bytes of instructions', async () => {
  const inModernEra = {
    resultType: 'complete',
    ttlMs: 300_000,
    cacheScope: 'public',
    _meta: { 'io.modelcontextprotocol/serverInfo': SERVER_INFO },
  };
  const result = { tools: await deriveToolList(), ...inModernEra };
  expect(Buffer.byteLength(JSON.stringify({ result, jsonrpc: '2.0', id: 1 }))).toBeLessThan(7_500);
  expect(Buffer.byteLength(INSTRUCTIONS)).toBeLessThan(600);
});

test.each(Object.entries(TOOLS))(
  '%s is a verb and a noun, with the verb of the command line in it',
  (name, { operation }) => {
    expect(name).toMatch(/^[a-z]+_[a-z]+$/);
    expect(name.split('_')).toContain(operation);
  },
);

test('no two tools offer the same operation', () => {
  const offered = Object.values(TOOLS).map(({ operation }) => operation);
  expect(new Set(offered).size).toBe(offered.length);
});

test('every description is one sentence', async () => {
  for (const tool of await deriveToolList()) expect((tool as { description: string }).description).toMatch(/^[^.]+\.$/);
});

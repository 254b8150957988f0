import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { expect, test } from 'vitest';
import { ROOT } from './repository.ts';

// server.json is what the MCP registry gets when the owner publishes the server. test/data/mcp-registry says where the schema is from.

const server = json('server.json');
const app = json('apps/mcp/package.json');

const ajv = new Ajv({ strict: false, allErrors: true });
formats.default(ajv);
const schema = json('test/data/mcp-registry/server-2025-12-11.json');
const validate = ajv.compile(schema);

test('server.json fits the schema that it names', () => {
  expect(server.$schema).toBe(schema.$id);
  expect([validate(server), validate.errors]).toEqual([true, null]);
});

test.each<[string, object]>([
  ['a name without a slash', { name: 'process-monitor' }],
  ['a name with two slashes', { name: 'io.github.pm/process/monitor' }],
  ['a description of 101 characters', { description: 'x'.repeat(101) }],
  ['a package without a transport', { packages: [{ registryType: 'npm', identifier: '@pm/mcp' }] }],
])('the schema refuses %s', (_, patch) => {
  expect(validate({ ...server, ...patch })).toBe(false);
});

test('the package proves the name, and has the exact version', () => {
  const [npm] = server.packages;
  expect(app).toMatchObject({ mcpName: server.name, name: npm.identifier, version: npm.version });
  expect(server.version).toBe(app.version);
  expect(npm.version).toMatch(/^\d+\.\d+\.\d+/);
});

// biome-ignore lint/suspicious/noExplicitAny: JSON of several forms
function json(path: string): any {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
}

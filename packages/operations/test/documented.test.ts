import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseConfig } from '../src/config/parse-config.ts';
import { policy } from '../src/shape/start-fields.ts';

const page = readFileSync(new URL('../../../docs/reference/configuration.md', import.meta.url), 'utf8');

test('the example of docs/reference/configuration.md is a configuration', () => {
  const [, example = ''] = /```json\n(.*?)```/s.exec(page) ?? [];
  expect(Object.keys(parseConfig('example', example).steps ?? {})).toEqual(['test', 'train']);
});

test('it names every option there is', () => {
  expect(page).toContain(`\`${Object.keys(policy).join(' ')}\``);
});

import { mkdirSync, readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { test } from './stage.ts';

test('the check of contributing/add-a-check.md is one', async ({ stage }) => {
  const guide = readFileSync(new URL('../../../contributing/add-a-check.md', import.meta.url), 'utf8');
  const [, program = ''] = /```js\n(.*?)```/s.exec(guide) ?? [];
  mkdirSync(`${stage.folder}/checks`);
  stage.put('checks/gpu.mjs', program);
  stage.put('version', 'NVRM version: 550.54\nGCC version: 12\n');
  expect(await stage.ask({ check: './checks/gpu.mjs', file: `${stage.folder}/version` })).toMatchObject({
    check: 'gpu',
    state: 'pass',
    evidence: 'NVRM version: 550.54',
  });
  expect(await stage.ask({ check: './checks/gpu.mjs', file: '/nowhere' })).toMatchObject({
    state: 'fail',
    evidence: '/nowhere: ENOENT',
    remedies: [{ safety: 'needs-approval' }],
  });
});

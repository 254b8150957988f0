import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testWriter } from '../packages/operations/src/conformance/test-writer.ts';
import { blocksOf, textOf } from './page.ts';
import { ROOT } from './repository.ts';

// The Python of docs/how-to/use-from-python.md. test/shown-output.test.ts types what the page shows.

const folder = mkdtempSync(join(tmpdir(), 'pm-python-'));
const hasPython = spawnSync('python3', ['--version']).status === 0;

beforeAll(() => {
  const [, report] = blocksOf(textOf('docs/how-to/use-from-python.md')).filter(({ language }) => language === 'python');
  writeFileSync(join(folder, 'pm_report.py'), report?.text ?? '');
  copyFileSync(join(ROOT, 'test/fixtures/reports-a-command.py'), join(folder, 'writer.py'));
});
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 50 }));

test.skipIf(!hasPython)('pm_report.py keeps every promise of levels 1 and 2 (needs python3)', async () => {
  const promises = await testWriter({
    argv: ['python3', join(folder, 'writer.py'), '{step}', '{dir}'],
    env: process.env,
    signal: new AbortController().signal,
  });
  expect(promises.filter(({ level, kept }) => level <= 2 && !kept)).toEqual([]);
});

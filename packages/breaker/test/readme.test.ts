import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { install } from './installed.ts';

test('the program in the README runs where only this package is installed, and prints what the README says', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const [, program = '', output = ''] = /```js\n(.*?)```\s+```\n(.*?)```/s.exec(readme) ?? [];
  const installed = install();
  try {
    writeFileSync(join(installed.folder, 'program.mjs'), program);
    const printed = execFileSync(process.execPath, ['program.mjs'], { cwd: installed.folder, encoding: 'utf8' });
    expect(printed).toBe(output);
    expect(printed).not.toBe('');
  } finally {
    installed.remove();
  }
}, 60_000);

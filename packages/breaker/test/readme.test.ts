import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { install } from './installed.ts';

test.each([
  ['without git', false],
  ['in a git repository', true],
])('the program in the README runs where only this package is installed, and prints what it says: %s', (_, hasGit) => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const [, program = '', output = ''] = /```js\n(.*?)```\s+```\n(.*?)```/s.exec(readme) ?? [];
  const installed = install();
  try {
    writeFileSync(join(installed.folder, 'program.mjs'), program);
    if (hasGit) execFileSync('git', ['init', '-q'], { cwd: installed.folder });
    const printed = execFileSync(process.execPath, ['program.mjs'], { cwd: installed.folder, encoding: 'utf8' });
    expect(printed.replace(', nothing changed since', '')).toBe(output);
    expect(printed.includes(', nothing changed since')).toBe(hasGit);
    expect(printed).not.toBe('');
  } finally {
    installed.remove();
  }
});

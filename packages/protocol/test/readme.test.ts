import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { compile } from './compiled.ts';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

test('the program in the README prints what the README says', () => {
  const [, program = '', output = ''] =
    /```js\n(.*?)```\s+```\n(.*?)```/s.exec(readFileSync(at('../README.md'), 'utf8')) ?? [];
  const compiled = compile();
  const folder = mkdtempSync(join(tmpdir(), 'pm-readme-'));
  try {
    cpSync(at('data/v1'), join(folder, '.pm'), { recursive: true });
    writeFileSync(join(folder, 'program.mjs'), program.replace('@pm/protocol/fs', compiled.fs));
    const printed = execFileSync(process.execPath, ['program.mjs'], { cwd: folder, encoding: 'utf8' });
    expect(printed).toBe(output);
    expect(printed).not.toBe('');
  } finally {
    compiled.remove();
    rmSync(folder, { recursive: true });
  }
});

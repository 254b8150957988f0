import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { expect, vi } from 'vitest';
import { test } from './stage.ts';

test('the program in the README prints what the README says', async ({ stage }) => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const [, program = '', output = ''] = /```js\n(.*?)```\s+```\n(.*?)```/s.exec(readme) ?? [];
  stage.put('package.json', '{"name":"sample"}');
  const source = new URL('../src/index.ts', import.meta.url).href;
  const lines: string[] = [];
  vi.spyOn(process, 'cwd').mockReturnValue(stage.folder);
  vi.spyOn(console, 'log').mockImplementation((...words) => void lines.push(words.join(' ')));
  vi.stubEnv('DATABASE_URL', undefined);
  try {
    const file = `${stage.folder}/program.ts`;
    writeFileSync(file, program.replace('@pm/preflight', source));
    await import(/* @vite-ignore */ pathToFileURL(file).href);
  } finally {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  }
  expect(`${lines.join('\n')}\n`).toBe(output.replaceAll('/project', stage.folder));
});

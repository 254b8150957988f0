import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { asReader, textOf } from './page.ts';

const PAGE = 'docs/explanation/anti-patterns.md';
const canMakeVenvs = spawnSync('python3', ['-c', 'import venv']).status === 0;
const hasCurl = spawnSync('curl', ['--version']).status === 0;

const sections = textOf(PAGE)
  .split(/^## /m)
  .slice(1)
  .map((section) => ({
    title: section.split('\n')[0] ?? '',
    lines: (/```sh\n(.*?)```/s.exec(section)?.[1] ?? '').trimEnd().split('\n'),
  }));

// Types what the page tells readers to type. Each line has to end with the status that the page shows (`# 123`), or with 0.
describe.concurrent(PAGE, () => {
  test('has commands for each mistake', () => {
    expect(sections.length).toBeGreaterThan(5);
    for (const { title, lines } of sections) expect([title, lines.join().includes('pm ')]).toEqual([title, true]);
  });

  for (const { title, lines } of sections) {
    const needs = lines.join('\n');
    const isPossible = (canMakeVenvs || !needs.includes('python3')) && (hasCurl || !needs.includes('curl '));
    test.skipIf(!isPossible)(title, async () => {
      await asReader(async ({ type }) => {
        for (const line of lines) {
          const [, command = '', status = '0'] = /^(.*?)(?: # (\d+))?$/.exec(line) ?? [];
          const ended = await type(command);
          expect([line, ended.status], ended.output).toEqual([line, Number(status)]);
        }
      });
    });
  }
});

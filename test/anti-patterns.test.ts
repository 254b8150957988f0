import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('../apps/cli/dist/main.cjs', import.meta.url));
const page = readFileSync(new URL('../docs/explanation/anti-patterns.md', import.meta.url), 'utf8');
const canMakeVenvs = spawnSync('python3', ['-c', 'import venv']).status === 0;
const hasCurl = spawnSync('curl', ['--version']).status === 0;

const sections = page
  .split(/^## /m)
  .slice(1)
  .map((section) => ({
    title: section.split('\n')[0] ?? '',
    lines: (/```sh\n(.*?)```/s.exec(section)?.[1] ?? '').trimEnd().split('\n'),
  }));

// What the page tells readers to type is typed, and has to end as the page says: `# 123` behind a line, 0 without.
describe.skipIf(!existsSync(MAIN))('docs/explanation/anti-patterns.md', () => {
  test('has commands for each', () => {
    expect(sections.length).toBeGreaterThan(5);
    for (const { title, lines } of sections) expect([title, lines.join().includes('pm ')]).toEqual([title, true]);
  });

  for (const { title, lines } of sections) {
    const needs = lines.join('\n');
    const isPossible = (canMakeVenvs || !needs.includes('python3')) && (hasCurl || !needs.includes('curl '));
    test.skipIf(!isPossible)(title, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'pm-page-'));
      try {
        mkdirSync(join(folder, '.git'));
        mkdirSync(join(folder, 'bin'));
        symlinkSync(MAIN, join(folder, 'bin/pm'));
        for (const line of lines) {
          const [, command = '', status = '0'] = /^(.*?)(?: # (\d+))?$/.exec(line) ?? [];
          const typed = join(folder, 'typed.sh');
          writeFileSync(typed, `${command}\n`);
          const ended = spawnSync('sh', [typed], { cwd: folder, env: envOf(folder), encoding: 'utf8' });
          expect([line, ended.status], `${ended.stdout}${ended.stderr}`).toEqual([line, Number(status)]);
        }
      } finally {
        const steps = [...needs.matchAll(/pm start (\w+)/g)].map(([, step = '']) => step);
        if (steps.length > 0) spawnSync(MAIN, ['stop', '--force', ...steps], { cwd: folder, env: envOf(folder) });
        await rm(folder, { recursive: true, force: true, maxRetries: 50 }); // a wrapper may tidy up just now
      }
    });
  }
});

function envOf(folder: string): NodeJS.ProcessEnv {
  const env = Object.entries(process.env).filter(([name]) => !/^PM_|^CLAUDE_|^VIRTUAL_ENV$/.test(name));
  const path = `${join(folder, 'bin')}${delimiter}${process.env['PATH']}`;
  return { ...Object.fromEntries(env), PATH: path, PM_RESIDENT: 'off', XDG_STATE_HOME: join(folder, 'state') };
}

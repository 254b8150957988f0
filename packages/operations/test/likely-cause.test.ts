import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { animal, QUICK, test } from './stage.ts';

describe('a failure of the environment', () => {
  test('names the check that finds it, in every answer that tells of it', async ({ stage }) => {
    const script = join(stage.folder, 'x/.venv/bin/pytest');
    mkdirSync(join(script, '..'), { recursive: true });
    writeFileSync(script, '#!/old/.venv/bin/python3\n');
    chmodSync(script, 0o755);
    const look = {
      operation: 'preflight',
      input: { check: [`venv-scripts:${stage.folder}/x/.venv`] },
      why: 'likely: the interpreter of a console script is gone',
    };
    const command = [animal('calls.sh'), script];
    expect((await stage.ask('run', { step: 'a', command, ...QUICK })).next).toContainEqual(look);
    expect((await stage.ask('start', { step: 'b', command, wait: true, ...QUICK })).next).toContainEqual(look);
    expect((await stage.ask('status', { step: 'b' })).next).toContainEqual(look);
    expect((await stage.ask('wait', { steps: ['a'] }, { cwd: '/' })).next).toContainEqual({
      ...look,
      input: { ...look.input, cwd: stage.folder },
    });
    const { findings } = await askPreflight(stage, { ...look.input, cwd: stage.folder }, '/');
    expect(findings).toMatchObject([{ check: 'venv-scripts', state: 'fail' }]);
  });

  test('is not looked for after a success, nor where the log says nothing of it', async ({ stage }) => {
    for (const [step, word] of [
      ['ok', 'true'],
      ['bad', 'false'],
    ] as const) {
      const { next } = await stage.ask('run', { step, command: [animal('calls.sh'), word], ...QUICK });
      expect(next.filter(({ operation }) => operation === 'preflight')).toEqual([]);
    }
  });
});

async function askPreflight(stage: { dir: string; env: object }, input: object, cwd: string) {
  const { operations } = await import('../src/index.ts');
  const preflight = await operations.preflight();
  const context = { cwd, env: { ...stage.env }, signal: new AbortController().signal };
  return preflight.run(preflight.input.parse({ ...input, dir: stage.dir }), context);
}

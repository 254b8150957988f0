import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { identify, isAlive } from '@pm/process';
import { describe, expect } from 'vitest';
import { runChecks } from '../src/index.ts';
import { prepareCheck } from '../src/run/prepare-checks.ts';
import { fixture, test } from './stage.ts';

// Side by side, but for those that end the process which checks share.
describe.concurrent('a check of the project’s own', () => {
  test('by its path, with text and with options', async ({ stage, expect }) => {
    expect(await stage.ask(`${fixture('answer.mjs')}:warn`)).toEqual({
      check: 'answer',
      title: 'it is as it was asked to be',
      state: 'warn',
      evidence: `asked in ${stage.folder}`,
      remedies: [{ argv: ['true'], safety: 'safe' }],
    });
    expect(await stage.ask({ check: fixture('answer.mjs'), state: 'skip' })).toMatchObject({ state: 'skip' });
    expect(await stage.ask(fixture('answer.mjs'))).toMatchObject({ state: 'pass' });
  });

  test('by a path seen from the configuration, and by the name of a package', async ({ stage, expect }) => {
    const text =
      "export default { id: 'gpu', title: 'there is a GPU', inspect: () => ({ state: 'pass', evidence: 'A100' }) };";
    mkdirSync(join(stage.folder, 'node_modules/pm-check-gpu'), { recursive: true });
    stage.put('gpu.mjs', text);
    stage.put('node_modules/pm-check-gpu/index.js', text);
    stage.put('node_modules/pm-check-gpu/package.json', '{"type":"module","exports":"./index.js"}');
    for (const spec of ['./gpu.mjs', 'pm-check-gpu'])
      expect(await stage.ask(spec)).toMatchObject({ check: 'gpu', state: 'pass', evidence: 'A100' });
  });

  test('by a path that does not look like one is refused with the one that does', async ({ stage, expect }) => {
    stage.put('gpu.mjs');
    await expect(stage.ask('gpu.mjs')).rejects.toMatchObject({
      next: expect.stringContaining('Write ./gpu.mjs if you mean that file'),
    });
  });

  test('it can be asked again: after a fix it looks anew', async ({ stage, expect }) => {
    const asked = await prepareCheck(`${fixture('answer.mjs')}:fail`, { home: '/', where: 'test', env: {} });
    const states = [await runChecks([asked], stage.context), await runChecks([asked], stage.context)];
    expect(states.flat().map(({ state }) => state)).toEqual(['fail', 'fail']);
  });

  test.for([
    ['never', 'no answer within 300ms'],
    ['spin', 'no answer within 300ms'],
    ['exit', 'the check threw an error: ended its thread (exit 0) without an answer'],
    ['throw', 'the check threw an error: no such GPU'],
    ['throw-null', 'the check threw an error: null'],
    ['throw-later', 'the check threw an error: threw later'],
    ['state', 'the check returned an invalid result: it needs a state and its evidence'],
    ['nothing', 'the check returned an invalid result: it needs a state and its evidence'],
    ['function', /^the check threw an error: .*could not be cloned/],
  ])('one that misbehaves (%s) is inconclusive, and says why', async ([way, said], { stage, expect }) => {
    const budget = String(said).startsWith('no answer') ? '300ms' : '60s';
    const finding = await stage.ask({ check: fixture('rude.mjs'), text: way, budget });
    expect(finding.state).toBe('inconclusive');
    if (typeof said === 'string') expect(finding.evidence).toBe(said);
    else expect(finding.evidence).toMatch(said as RegExp);
  });

  test.for(['print', 'linger'])(
    'one that does more than it should (%s) is heard all the same',
    async (way, { stage, expect }) => {
      const { state, evidence } = await stage.ask({ check: fixture('rude.mjs'), text: way });
      expect(state).toBe('pass');
      expect(evidence.length).toBeLessThanOrEqual(300);
      expect(evidence).not.toContain('\n');
    },
  );

  test.for([
    ['unloadable.mjs', /unloadable\.mjs cannot be loaded: no driver\./],
    ['half.mjs', /half\.mjs exports no check: its default export needs an id, a title and inspect\(\)\./],
    ['exits.mjs', /exits\.mjs ended its thread \(exit 0\) without an answer\./],
    ['answer.mjs:no', /answer\.mjs does not accept these options: state: must not be no\./],
    ['gone.mjs', /there is no check ".+gone\.mjs", and .+ has no such file or package/],
  ] as const)('what is no check is a fault of the configuration: %s', async ([name, said], { stage, expect }) => {
    await expect(stage.ask(fixture(name))).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(said),
    });
  });
});

describe('the process of the project’s own checks', () => {
  test('one that kills its process is inconclusive, and says so', async ({ stage }) => {
    expect(await stage.ask({ check: fixture('rude.mjs'), text: 'crash' })).toMatchObject({
      state: 'inconclusive',
      evidence: 'the check threw an error: ended its process (SIGKILL) without an answer',
    });
  });

  test('whatever one has started ends with it', async ({ stage }) => {
    const { state, evidence } = await stage.ask({ check: fixture('rude.mjs'), text: 'leave' });
    expect([state, evidence]).toEqual(['pass', expect.stringMatching(/^\d+ \d+$/)]);
    const left = evidence.split(' ').map((pid) => identify(Number(pid)));
    expect(left.filter((identity) => identity !== undefined && isAlive(identity))).toEqual([]);
  });
});

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LONG, until } from '@pm/testing';
import { describe, expect } from 'vitest';
import * as z from 'zod/mini';
import { CHECK_STATES } from '../src/check.ts';
import { applyFixes, type Check, hashFindings, type PreparedCheck, planFixes, runChecks } from '../src/index.ts';
import { prepareCheck } from '../src/run/prepare-checks.ts';
import { fixture, test } from './stage.ts';

const PASSING: Check<unknown> = {
  id: 'x',
  title: 'x is so',
  options: z.unknown(),
  fromText: (text) => text,
  inspect: () => ({ state: 'pass', evidence: 'so' }),
};

describe('runChecks', () => {
  test('fifty run at once, and come back in their order', async ({ stage }) => {
    let running = 0;
    let most = 0;
    const inspect = async (options: unknown) => {
      most = Math.max(most, ++running);
      await until(() => most === 50, 'all fifty are running');
      running--;
      return { state: 'pass' as const, evidence: String(options) };
    };
    const asked = Array.from({ length: 50 }, (_, options) => ({ check: { ...PASSING, inspect }, options }));
    const findings = await runChecks(asked, stage.context);
    expect(most).toBe(50);
    expect(findings.map(({ evidence }) => Number(evidence))).toEqual(asked.map(({ options }) => options));
  });

  const OWN = LONG ? 50 : 8;

  test(`${OWN} of the project’s own at once`, async ({ stage }) => {
    const spec = `${fixture('answer.mjs')}:pass`;
    const asked = await Promise.all(
      Array.from({ length: OWN }, () => prepareCheck(spec, { home: '/', where: 'test', env: stage.context.env })),
    );
    const findings = await runChecks(asked, stage.context);
    expect(findings.filter(({ state }) => state === 'pass')).toHaveLength(OWN);
  });

  test('one that never ends holds up nothing but itself', async ({ stage }) => {
    let ended = false;
    const never: Check<unknown> = {
      ...PASSING,
      inspect: (_options, _place, signal) => {
        signal.addEventListener('abort', () => {
          ended = true;
        });
        return new Promise(() => {});
      },
    };
    const findings = await runChecks([{ check: never, options: {}, budgetMs: 50 }, asking({})], stage.context);
    expect(findings).toMatchObject([{ state: 'inconclusive', evidence: 'no answer within 50ms' }, { state: 'pass' }]);
    expect(ended).toBe(true);
  });

  test.for<[what: string, check: Partial<Check<unknown>>, said: string]>([
    ['throws at once', { inspect: thrower(new Error('boom')) }, 'the check threw an error: boom'],
    [
      'throws what cannot be told',
      { inspect: thrower(Object.create(null)) },
      'an error that cannot be converted to text',
    ],
    ['rejects', { inspect: () => Promise.reject(new Error('later')) }, 'the check threw an error: later'],
    ['answers garbage', { inspect: () => 'fine' as never }, 'an invalid result'],
  ])('one that %s is inconclusive', async ([, check, said], { stage }) => {
    const [finding] = await runChecks([asking(check)], stage.context);
    expect(finding).toMatchObject({ state: 'inconclusive', evidence: expect.stringContaining(said) });
  });

  test('remedies are asked for after a failure or a warning only, and may fail themselves', async ({ stage }) => {
    const remedy = { argv: ['make'], safety: 'safe' } as const;
    const findings = await runChecks(
      CHECK_STATES.map((state) => asking({ inspect: () => ({ state, evidence: '' }), remedies: () => [remedy] })),
      stage.context,
    );
    expect(findings.filter(({ remedies }) => remedies !== undefined).map(({ state }) => state)).toEqual([
      'warn',
      'fail',
    ]);
    const [failed] = await runChecks(
      [{ ...asking({ inspect: () => ({ state: 'fail', evidence: '' }), remedies: thrower(new Error()) }), remedy }],
      stage.context,
    );
    expect(failed?.remedies).toEqual([remedy]);
  });

  test('whoever asked may stop it', async ({ stage }) => {
    const ending = new AbortController();
    const running = runChecks([asking({ inspect: () => new Promise(() => {}) })], stage.context, {
      signal: ending.signal,
    });
    ending.abort();
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('options', () => {
  test.for([
    [{ check: 'http', url: 'http://x/', sttus: 200 }, 'test (http): has an unknown key "sttus".'],
    [{ check: 'http' }, 'test (http): url is missing.'],
    ['http:ftp://x', 'test (http): url must begin with http:// or https://.'],
    [
      { check: 'http', url: 'http://x/', status: '200' },
      'test (http): status must be a status such as 200, or a list of them.',
    ],
    ['port:http', 'test (port): port is missing.'],
    [{ check: 'port', port: 70_000 }, 'test (port): port must be at most 65535.'],
    ['env:X=(', 'test (env): matches must be a regular expression.'],
    [{ check: 'file', path: 'x', maxAge: '3' }, 'test (file): maxAge must be a duration such as'],
    [{ check: 'disk', budget: 'long' }, 'test (disk): budget must be a duration such as'],
    [{ check: 'disk', remedy: { argv: [] } }, 'test (disk): remedy.argv must not be empty.'],
    ['htp:http://x', 'there is no check "htp", and '],
    ['fs', 'there is no check "fs"'],
  ] as const)('%j is refused with the place and what is wrong', async ([spec, said], { stage }) => {
    await expect(stage.ask(spec)).rejects.toMatchObject({ code: 'usage', message: expect.stringContaining(said) });
  });

  test('the project’s own title and remedy are told', async ({ stage }) => {
    const remedy = { argv: ['docker', 'start', 'db'] };
    expect(await stage.ask({ check: 'file', path: 'gone', title: 'the dump is there', remedy })).toMatchObject({
      title: 'the dump is there',
      remedies: [{ ...remedy, safety: 'needs-approval' }],
    });
  });
});

describe('fixes', () => {
  test('the safe ones are applied in order, and then it is checked again', async ({ stage }) => {
    const asked = [await askingFor(stage.folder, 'writable:out'), await askingFor(stage.folder, 'directory:out/deep')];
    const before = await runChecks(asked, stage.context);
    const applied = await applyFixes(planFixes(before), stage.context);
    const after = await runChecks(asked, stage.context);
    expect(
      [before, applied, after].map((list) => list.map((one) => ('state' in one ? one.state : one.applied))),
    ).toEqual([
      ['fail', 'fail'],
      [true, true],
      ['pass', 'pass'],
    ]);
  });

  test('no shell reads them; one that fails does not keep the others back', async ({ stage }) => {
    stage.put('fail', '#!/bin/sh\ncat\necho working\necho "no $1" >&2\nexit 7\n', 0o755);
    const [failed, missing, done] = await applyFixes(
      [
        { check: 'a', argv: ['./fail', '$(touch hacked)'] },
        { check: 'b', argv: ['no-such-program'] },
        { check: 'c', argv: ['touch', 'done'] },
      ],
      stage.context,
    );
    expect(failed).toMatchObject({ applied: false, evidence: 'exit 7: working / no $(touch hacked)' });
    expect(missing).toMatchObject({ applied: false, evidence: expect.stringContaining('ENOENT') });
    expect(done).toMatchObject({ applied: true });
    expect([existsSync(join(stage.folder, 'done')), existsSync(join(stage.folder, 'hacked'))]).toEqual([true, false]);
  });

  test('what one says is cut, however much it is', async ({ stage }) => {
    stage.put('pour', '#!/bin/sh\nhead -c 50000000 /dev/zero | tr "\\0" x\nexit 3\n', 0o755);
    const [{ evidence = '' } = {}] = await applyFixes([{ check: 'a', argv: ['./pour'] }], stage.context);
    expect(evidence).toMatch(/^exit 3: x+…$/);
  });

  test('a daemon that it leaves behind, with its output, holds nobody up', async ({ stage }) => {
    stage.put('start-daemon', '#!/bin/sh\nsleep 30 & echo $! > pid\nexit 0\n', 0o755);
    const [applied] = await applyFixes([{ check: 'a', argv: ['./start-daemon'] }], stage.context, { budgetMs: 15_000 });
    const pid = readFileSync(join(stage.folder, 'pid'), 'utf8').trim();
    const isAlive = spawnSync('kill', ['-0', pid]).status === 0;
    spawnSync('kill', [pid]);
    expect([applied?.applied, isAlive]).toEqual([true, true]);
  });

  test('one that does not end is ended', async ({ stage }) => {
    const [applied] = await applyFixes([{ check: 'a', argv: ['sleep', '1000'] }], stage.context, { budgetMs: 100 });
    expect(applied).toMatchObject({ applied: false, evidence: expect.stringContaining('timed out') });
  });
});

test('a digest is the same while nothing changes, and another when something does', async () => {
  const asked = [asking({ id: 'a' }), asking({ id: 'b' })];
  const findings = (...states: ('pass' | 'fail')[]) =>
    states.map((state) => ({ check: '', title: '', state, evidence: String(Math.random()) }));
  const digest = hashFindings(asked, findings('pass', 'fail'));
  expect(digest).toMatch(/^[0-9a-f]{16}$/);
  expect(hashFindings(asked, findings('pass', 'fail'))).toBe(digest);
  expect(hashFindings([...asked].reverse(), findings('fail', 'pass'))).toBe(digest);
  expect(hashFindings(asked, findings('pass', 'pass'))).not.toBe(digest);
  expect(hashFindings(asked.slice(0, 1), findings('pass'))).not.toBe(digest);
});

function asking(patch: Partial<Check<unknown>>): PreparedCheck {
  return { check: { ...PASSING, ...patch }, options: {} };
}

function askingFor(home: string, spec: string): Promise<PreparedCheck> {
  return prepareCheck(spec, { home, where: 'test', env: {} });
}

function thrower(thrown: unknown): () => never {
  return () => {
    throw thrown;
  };
}

import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '@pm/testing';
import { describe, expect, vi } from 'vitest';
import { type DoctorAnswer, operations } from '../src/index.ts';
import { type Stage, test } from './stage.ts';

vi.setConfig({ maxConcurrency: 6 });

const canMount = spawnSync('unshare', ['--mount', 'true']).status === 0;

describe.concurrent('doctor', () => {
  test('a healthy machine: every check passes or has something to know, and nothing is left of them', async ({
    stage,
  }) => {
    const { dir, findings } = await examined(stage);
    expect(dir).toBe(stage.dir);
    const others = findings.filter(({ check }) => check !== 'orphans' && check !== 'enclosure');
    expect(others.map(({ check, result }) => [check, result])).toEqual(
      ['directory', 'identity', 'links', 'survival', 'endings', 'tree', 'clock', 'shell', 'node'].map((check) => [
        check,
        'pass',
      ]),
    );
    expect(factOf(findings, 'survival')).toMatch(
      /killed with SIGKILL; the job continued and ended with its own exit code 37$/,
    );
    expect(factOf(findings, 'tree')).toMatch(/^4 of 4 processes ended/);
    expect(factOf(findings, 'endings')).toMatch(/^\d+ ms after the exit, by watching the files$/);
    expect(readdirSync(stage.folder)).toEqual([]);
    await until(() => stage.alive().length === 0);
  });

  test('it stays inside a directory that is used already, and leaves its runs alone', async ({ stage }) => {
    await stage.askOne('start', { command: ['sleep', '60'] });
    const before = readdirSync(stage.dir);
    const around = readdirSync(stage.folder);
    const examining = examined(stage);
    await until(() => readdirSync(stage.dir).some((name) => name.startsWith('.pm-doctor-')), 'it is at work');
    expect(readdirSync(stage.folder)).toEqual(around);
    await examining;
    expect(readdirSync(stage.dir)).toEqual(before);
    expect(await stage.askOne('status', { step: 'sleep' })).toMatchObject({ state: 'running' });
  });

  test('what a killed doctor left is removed, what another one uses is not', async ({ stage }) => {
    for (const [name, ageS] of [
      ['old', 3600],
      ['new', 1],
    ] as const) {
      mkdirSync(join(stage.folder, `.pm-doctor-${name}`));
      const at = Date.now() / 1000 - ageS;
      utimesSync(join(stage.folder, `.pm-doctor-${name}`), at, at);
    }
    await examined(stage);
    expect(readdirSync(stage.folder)).toEqual(['.pm-doctor-new']);
  });

  test('interrupted, it cleans up all the same', async ({ stage }) => {
    const interruption = new AbortController();
    const examining = examined(stage, {}, interruption.signal);
    await until(() => stage.alive().length > 0, 'something was started');
    interruption.abort();
    expect((await examining).findings.some(({ result }) => result !== 'pass')).toBe(true);
    expect(readdirSync(stage.folder)).toEqual([]);
    await until(() => stage.alive().length === 0);
  });

  test('a directory that others may write to fails, with the command that mends it; nothing is tried there', async ({
    stage,
  }) => {
    mkdirSync(stage.dir);
    chmodSync(stage.dir, 0o777);
    const { findings } = await examined(stage);
    expect(findings[0]).toMatchObject({ check: 'directory', result: 'fail', remedy: `chmod go-w ${stage.dir}` });
    const skipped = findings.filter(({ result }) => result === 'skip').map(({ check }) => check);
    expect(skipped).toEqual(['links', 'survival', 'endings', 'orphans', 'tree']);
    expect(readdirSync(stage.dir)).toEqual([]);
  });

  test('a file in the place of the directory is refused, as by every verb', async ({ stage }) => {
    const dir = join(stage.folder, 'file');
    writeFileSync(dir, '');
    await expect(examined(stage, { dir })).rejects.toMatchObject({ code: 'directory-unusable' });
  });

  test('a place where nothing can be made fails', async ({ stage }) => {
    const { findings } = await examined(stage, { dir: '/proc/nowhere/.pm' });
    expect(findings.filter(({ result }) => result === 'fail' || result === 'skip').length).toBeGreaterThan(4);
  });

  test.skipIf(!canMount)('little room is told', async ({ stage }) => {
    mkdirSync(stage.dir, { mode: 0o700 });
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=700', 'none', stage.dir]);
    try {
      expect((await examined(stage)).findings[0]).toMatchObject({
        result: 'warn',
        fact: expect.stringContaining('0.0 GiB free'),
      });
    } finally {
      execFileSync('umount', [stage.dir]);
    }
    expect(existsSync(stage.dir)).toBe(true);
  });
});

async function examined(
  stage: Stage,
  input: object = {},
  signal = new AbortController().signal,
): Promise<DoctorAnswer> {
  const operation = await operations.doctor();
  const answer = await operation.run(operation.input.parse({ dir: stage.dir, ...input }), {
    cwd: stage.folder,
    env: stage.env,
    signal,
  });
  return (await operation.output()).parse(answer);
}

function factOf(findings: DoctorAnswer['findings'], check: string): string | undefined {
  return findings.find((finding) => finding.check === check)?.fact;
}

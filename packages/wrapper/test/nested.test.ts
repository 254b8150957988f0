import { readFileSync, writeFileSync } from 'node:fs';
import { cgroupMembers, createCgroup, growTree, isAlive, membersOf, removeCgroup, scan, terminate } from '@pm/process';
import { until } from '@pm/testing';
import { describe, expect } from 'vitest';
import { test } from './stage.ts';

const probe = createCgroup('pm-20261123T180512345Z-probe00000');
if (probe !== undefined) removeCgroup(probe);

test('a run that is started from within a run carries its own name, in the same directory', async ({ stage }) => {
  const outer = { PM_RUN_ID: 'outer', PM_STEP: 'outer', PM_RESULT: '/outer', PM_BEAT: '/outer', PM_PROGRESS: '/outer' };
  const run = await stage.run(['environment.mjs'], { step: 'inner', env: outer });
  await run.over();
  const { folder } = run.paths;
  expect(JSON.parse(run.text('log') ?? '')).toMatchObject({
    PM_RUN_ID: run.run.id,
    PM_STEP: 'inner',
    PM_DIR: stage.dir,
    PM_RESULT: `${folder}/result`,
    PM_BEAT: `${folder}/beat`,
    PM_PROGRESS: `${folder}/progress`,
  });
});

describe.skipIf(probe === undefined)('with cgroups (skipped where none can be made)', () => {
  test('the end of the outer run, by tree and by cgroup, leaves the inner one alone', async ({ stage }) => {
    const outer = await stage.run(['deaf.sh'], { step: 'outer' });
    const { cgroup = '', id } = outer.run;
    expect(cgroupMembers(cgroup)).toEqual([outer.command.pid]);
    // This very process plays a job of the outer run.
    const home = readFileSync('/proc/self/cgroup', 'utf8');
    writeFileSync(`${cgroup}/cgroup.procs`, `${process.pid}`);
    const within = readFileSync('/proc/self/cgroup', 'utf8');
    const inner = await stage.run(['until.sh', stage.pathOfCue('go')], { step: 'inner', env: { PM_RUN_ID: id } });
    expect(readFileSync('/proc/self/cgroup', 'utf8')).toBe(within);
    writeFileSync(`${cgroup.slice(0, cgroup.lastIndexOf('/'))}/cgroup.procs`, `${process.pid}`);
    expect(readFileSync('/proc/self/cgroup', 'utf8')).toBe(home);

    expect(cgroupMembers(cgroup)).toEqual([outer.command.pid]);
    expect(cgroupMembers(inner.run.cgroup ?? '')).toContain(inner.command.pid);
    const query = { root: outer.command, marker: `PM_RUN_ID=${id}`, exclude: [outer.wrapper], cgroup };
    const find = () => membersOf(growTree(query, undefined, scan()));
    const ending = await terminate({ find, graceMs: 0, cgroup });
    expect(ending).toMatchObject({ forced: true, survivors: [] });
    await outer.over();
    expect(outer.text('ending')).toBe('v1 exit 137\n');

    const beat = inner.beat();
    await until(() => inner.beat() > beat + 2);
    expect([inner.wrapper, inner.command].every(isAlive)).toBe(true);
    stage.cue('go');
    await inner.over();
    expect(inner.text('step.status')).toBe('SUCCESS\n');
  });

  test('the cgroup of a run stays for whoever records the outcome, and is empty', async ({ stage }) => {
    const run = await stage.run(['end.sh', '0']);
    await run.over();
    expect(readFileSync(`${run.run.cgroup}/cgroup.procs`, 'utf8')).toBe('');
  });

  test('it stays, and names them, while the run has left processes behind', async ({ stage }) => {
    const run = await stage.run(['daemon.sh', stage.pathOfCue('go')]);
    const members = (): number[] => cgroupMembers(run.run.cgroup ?? '');
    expect(members()).toContain(run.command.pid);
    stage.cue('go');
    await run.over();
    expect(members()).toEqual(stage.alive().map(({ pid }) => pid));
  });
});

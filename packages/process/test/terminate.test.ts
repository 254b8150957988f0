import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { until } from '@pm/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cgroupMembers, createCgroup, isCgroupEmpty, leaveCgroup, removeCgroup } from '../src/cgroup.ts';
import { type Identity, identify, isAlive, lifeOf } from '../src/identity.ts';
import { scan } from '../src/platform/current.ts';
import { signalIfSame } from '../src/signal.ts';
import { terminate } from '../src/terminate.ts';
import { growTree, membersOf } from '../src/tree/grow-tree.ts';
import type { Tree, TreeQuery } from '../src/tree/tree.ts';
import { openStage, pathOf, type Stage } from './stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = openStage();
});
afterEach(() => stage.close());

/** What a caller does: one fresh scan, with the memory of those before. */
function finder(query: TreeQuery): () => readonly Identity[] {
  let tree: Tree | undefined;
  return () => {
    tree = growTree(query, tree, scan());
    return membersOf(tree);
  };
}

describe('asking', () => {
  test('a tree that listens is gone within the grace, and no one is killed', async () => {
    const root = stage.start('children.sh');
    const players = [root, await stage.player('child'), await stage.player('other-session')];
    const signals: string[] = [];
    const onSignal = ({ signal, target }: { signal: string; target: Identity }) =>
      signals.push(`${signal} ${target.pid}`);
    const ending = await terminate({ find: finder({ root, marker: stage.marker }), graceMs: 10_000, onSignal });
    expect(ending).toEqual({ forced: false, signalled: 3, survivors: [] });
    expect(players.filter(isAlive)).toEqual([]);
    expect(signals.toSorted()).toContain(`SIGTERM ${root.pid}`);
    expect(signals.join(' ')).not.toContain('SIGKILL');
  });

  test('a stopped process dies of the TERM once it is continued', async () => {
    const root = stage.start('rest.sh', 'job');
    signalIfSame(root, 'SIGSTOP');
    await until(() => lifeOf(root) === 'stopped');
    const ending = await terminate({ find: finder({ root }), graceMs: 10_000 });
    expect(ending).toEqual({ forced: false, signalled: 1, survivors: [] });
    expect(isAlive(root)).toBe(false);
  });

  test('a process started during the grace is asked, too', async () => {
    const root = stage.start('fork-on-term.sh');
    await stage.player('root');
    const find = finder({ root, marker: stage.marker });
    const before = find().map(({ pid }) => pid);
    const asked: number[] = [];
    // The grace is short because of a race that is not ours: a TERM between fork and exec meets the shell's handler and is lost.
    const ending = await terminate({
      find,
      graceMs: 1_000,
      onSignal: ({ signal, target }) => void (signal === 'SIGTERM' && asked.push(target.pid)),
    });
    expect(asked.filter((pid) => !before.includes(pid))).not.toEqual([]);
    expect(ending.survivors).toEqual([]);
  });

  test('an empty tree needs nothing', async () => {
    const ending = await terminate({ find: () => [], graceMs: 10_000 });
    expect(ending).toEqual({ forced: false, signalled: 0, survivors: [] });
  });

  test('one empty scan is not believed', async () => {
    const root = stage.start('rest.sh', 'job');
    let scans = 0;
    const find = () => {
      scans += 1;
      return scans > 1 && isAlive(root) ? [root] : []; // as if it had been forked behind the first scan
    };
    expect(await terminate({ find, graceMs: 10_000 })).toEqual({ forced: false, signalled: 1, survivors: [] });
    expect(isAlive(root)).toBe(false);
  });

  test('a process that took over the pid of a member is never signalled', async () => {
    const bystander = stage.start('rest.sh', 'bystander');
    const former = { pid: bystander.pid, startTime: String(Number(bystander.startTime) - 1) };
    const ending = await terminate({ find: () => [former], graceMs: 20, settleMs: 20 });
    expect(ending).toEqual({ forced: true, signalled: 0, survivors: [] });
    signalIfSame(bystander, 'SIGSTOP');
    await until(() => lifeOf(bystander) === 'stopped');
  });
});

describe('forcing', () => {
  test('who ignores TERM is killed after the grace, not before', async () => {
    const root = stage.start('ignore-term.sh');
    await stage.player('deaf');
    const find = finder({ root, marker: stage.marker });
    await until(() => find().length === 2); // the shell and its sleep
    const begun = performance.now();
    const ending = await terminate({ find, graceMs: 300 });
    expect(performance.now() - begun).toBeGreaterThanOrEqual(299);
    expect(ending).toEqual({ forced: true, signalled: 2, survivors: [] });
    expect(isAlive(root)).toBe(false);
  });

  test('a grace of 0 forces at once', async () => {
    const root = stage.start('rest.sh', 'job');
    const signals: string[] = [];
    const onSignal = ({ signal }: { signal: string }) => signals.push(signal);
    const ending = await terminate({ find: finder({ root }), graceMs: 0, onSignal });
    expect(ending).toEqual({ forced: true, signalled: 1, survivors: [] });
    expect(signals).toEqual(['SIGKILL']);
  });

  test('a second Ctrl-C cuts the grace short', async () => {
    const root = stage.start('ignore-term.sh');
    await stage.player('deaf');
    const impatience = new AbortController();
    const ending = await terminate({
      find: finder({ root, marker: stage.marker }),
      graceMs: 3_600_000, // nobody would live to see it
      signal: impatience.signal,
      onSignal: () => impatience.abort(),
    });
    expect(ending).toMatchObject({ forced: true, survivors: [] });
  });

  test('a setsid and double-fork tree is gone to the last process', async () => {
    const root = stage.start('double-fork.sh');
    stage.cue('fork');
    stage.cue('leave');
    const grandchild = await stage.player('grandchild');
    await until(() => scan().get(grandchild.pid)?.ppid === 1);
    const ending = await terminate({ find: finder({ root, marker: stage.marker }), graceMs: 0 });
    expect(ending.survivors).toEqual([]);
    expect([root, grandchild].filter(isAlive)).toEqual([]);
  });

  test('who cannot be killed is named', async () => {
    // This very process stands in for one in uninterruptible sleep: signals to ourselves are refused.
    const self = identify(process.pid);
    if (self === undefined) throw new Error('not identified');
    const ending = await terminate({ find: () => [self], graceMs: 20, settleMs: 20 });
    const command = scan().get(process.pid)?.command;
    expect(ending).toEqual({ forced: true, signalled: 0, survivors: [{ ...self, command }] });
  });
});

const probe = createCgroup(`pm-probe-${process.pid}`);
if (probe) removeCgroup(probe);

describe.skipIf(probe === undefined)('with a cgroup (skipped where none can be made)', () => {
  let cgroup = '';
  beforeEach(() => {
    cgroup = createCgroup(`pm-20261123T180512345Z-${randomUUID()}`) ?? '';
  });
  afterEach(async () => {
    await terminate({ find: () => cgroupMembers(cgroup).flatMap((pid) => identify(pid) ?? []), graceMs: 0, cgroup });
    await until(() => removeCgroup(cgroup));
  });

  test('a daemon that shed its environment is found and gone without having been seen before', async () => {
    const { PATH } = process.env;
    const shed = ['env', '-i', `PATH=${PATH}`];
    stage.cue('fork');
    stage.cue('leave');
    const root = stage.start('in-cgroup.sh', cgroup, pathOf('double-fork.sh'), stage.folder, ...shed);
    const grandchild = await stage.player('grandchild');
    await until(() => scan().get(grandchild.pid)?.ppid === 1);

    const withoutCgroup = growTree({ root, marker: stage.marker }, undefined, scan());
    expect(withoutCgroup.members.has(grandchild.pid)).toBe(false);
    const find = finder({ root, marker: stage.marker, cgroup });
    expect(find().map(({ pid }) => pid)).toContain(grandchild.pid);
    expect(await terminate({ find, graceMs: 0, cgroup })).toMatchObject({ forced: true, signalled: 2, survivors: [] });
    expect([root, grandchild].filter(isAlive)).toEqual([]);
  });

  test('the force kills it as a whole, those that no scan found included', async () => {
    stage.cue('fork');
    const root = stage.start('in-cgroup.sh', cgroup, pathOf('double-fork.sh'), stage.folder);
    const grandchild = await stage.player('grandchild');
    const find = () => (isAlive(root) ? [root] : []);
    expect(await terminate({ find, graceMs: 0, cgroup })).toEqual({ forced: true, signalled: 1, survivors: [] });
    await until(() => !isAlive(grandchild));
  });

  test('it stays while it is populated', async () => {
    expect(isCgroupEmpty(cgroup)).toBe(true);
    const root = stage.start('in-cgroup.sh', cgroup, pathOf('rest.sh'), stage.folder, 'job');
    await stage.player('job');
    expect(cgroupMembers(cgroup)).toEqual([root.pid]);
    expect(isCgroupEmpty(cgroup)).toBe(false);
    expect(removeCgroup(cgroup)).toBe(false);
  });

  test('what lives in a cgroup below it is noticed', async () => {
    const below = `${cgroup}/below`;
    mkdirSync(below);
    const root = stage.start('in-cgroup.sh', below, pathOf('rest.sh'), stage.folder, 'job');
    await stage.player('job');
    expect(isCgroupEmpty(cgroup)).toBe(false);
    await terminate({ find: () => [root].filter(isAlive), graceMs: 0, cgroup });
    await until(() => removeCgroup(below));
    expect(isCgroupEmpty(cgroup)).toBe(true);
  });

  test('one made from within a run stands beside that of the run, and what is started outside survives the run', async () => {
    const root = stage.start('in-cgroup.sh', cgroup, pathOf('rest.sh'), stage.folder, 'outer');
    await stage.player('outer');
    const before = readFileSync('/proc/self/cgroup', 'utf8');
    writeFileSync(`${cgroup}/cgroup.procs`, `${process.pid}`);
    const within = readFileSync('/proc/self/cgroup', 'utf8');
    const inner = createCgroup(`pm-20261123T180512346Z-${randomUUID()}`) ?? '';
    const goBack = leaveCgroup();
    const [outside, started] = [readFileSync('/proc/self/cgroup', 'utf8'), stage.start('rest.sh', 'inner')];
    goBack();
    const after = readFileSync('/proc/self/cgroup', 'utf8');
    leaveCgroup();
    await stage.player('inner');
    expect(removeCgroup(inner)).toBe(true);
    expect(inner.split('/').slice(0, -1)).toEqual(cgroup.split('/').slice(0, -1));
    expect([outside, after]).toEqual([before, within]);
    expect(within).not.toBe(before);
    await terminate({ find: () => [root].filter(isAlive), graceMs: 0, cgroup });
    expect([root, started].filter(isAlive)).toEqual([started]);
  });

  test('outside of any run nothing is left', () => {
    const before = readFileSync('/proc/self/cgroup', 'utf8');
    leaveCgroup()();
    expect(readFileSync('/proc/self/cgroup', 'utf8')).toBe(before);
  });

  test('a name that exists already, or leads elsewhere, is refused', () => {
    expect(createCgroup(cgroup.split('/').at(-1) ?? '')).toBeUndefined();
    expect(createCgroup('../elsewhere')).toBeUndefined();
  });
});

test('a cgroup that is gone has no members and is removed, and nothing says that it is empty', () => {
  expect(cgroupMembers('/nowhere/at/all')).toEqual([]);
  expect(isCgroupEmpty('/nowhere/at/all')).toBe(false);
  expect(removeCgroup('/nowhere/at/all')).toBe(true);
});

import { readFileSync } from 'node:fs';
import { until } from '@pm/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Identity, lifeOf } from '../src/identity.ts';
import { scan } from '../src/platform/current.ts';
import { growTree, membersOf } from '../src/tree/grow-tree.ts';
import type { Tree, TreeQuery } from '../src/tree/tree.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = openStage();
});
afterEach(() => stage.close());

const grow = (query: TreeQuery, remembered?: Tree) => growTree(query, remembered, scan());
/** In the midst of its exec a process shows no environment. */
const isResting = ({ pid }: Identity) =>
  scan().get(pid)?.command.startsWith('sleep') === true && readFileSync(`/proc/${pid}/environ`).length > 0;
const pidsOf = (tree: Tree) => membersOf(tree).map(({ pid }) => pid);
const parentOf = (identity: Identity) => scan().get(identity.pid)?.ppid;
const { PATH } = process.env;
const shed = ['env', '-i', `PATH=${PATH}`];

test('children are members, in whichever session', async () => {
  const root = stage.start('children.sh');
  const child = await stage.player('child');
  const other = await stage.player('other-session');
  expect(pidsOf(grow({ root })).toSorted()).toEqual([root.pid, child.pid, other.pid].toSorted());
});

test('a daemon whose parent has left is found by its marker at the first look', async () => {
  const root = stage.start('double-fork.sh');
  stage.cue('fork');
  stage.cue('leave');
  const grandchild = await stage.player('grandchild');
  await until(() => parentOf(grandchild) === 1 && isResting(grandchild));
  expect(pidsOf(grow({ root }))).not.toContain(grandchild.pid);
  expect(pidsOf(grow({ root, marker: stage.marker }))).toContain(grandchild.pid);
});

test('a daemon that shed its environment is found when it was seen before its parent left', async () => {
  const root = stage.start('double-fork.sh', ...shed);
  stage.cue('fork');
  const grandchild = await stage.player('grandchild');
  const seen = grow({ root, marker: stage.marker });
  stage.cue('leave');
  await until(() => parentOf(grandchild) === 1);
  expect(pidsOf(grow({ root, marker: stage.marker }, seen))).toContain(grandchild.pid);
});

test('a daemon that shed its environment is found by the session of a parent that was seen', async () => {
  const root = stage.start('double-fork.sh', ...shed);
  await stage.player('middle');
  const seen = grow({ root, marker: stage.marker });
  stage.cue('leave');
  stage.cue('fork');
  const grandchild = await stage.player('grandchild');
  await until(() => parentOf(grandchild) === 1);
  expect(seen.members.has(grandchild.pid)).toBe(false);
  expect(pidsOf(grow({ root, marker: stage.marker }, seen))).toContain(grandchild.pid);
});

test('the wrapper and its beat loop stay out, the sleep of the beat loop included', async () => {
  stage.start('wrapper.sh');
  const wrapper = await stage.player('wrapper');
  const beat = await stage.player('beat');
  const sleep = await stage.player('beat-sleep');
  const command = await stage.player('command');
  // All of them carry the marker here, which is more than a wrapper does.
  const tree = grow({ root: command, marker: stage.marker, exclude: [wrapper, beat] });
  expect(pidsOf(tree)).toEqual([command.pid]);
  expect(lifeOf(sleep)).toBe('running');
});

test('we are not part of a tree that we descend from', () => {
  const self = scan().get(process.pid);
  const parent = scan().get(self?.ppid ?? 0);
  if (parent === undefined) throw new Error('the test has no parent');
  expect(pidsOf(grow({ root: parent }))).not.toContain(process.pid);
});

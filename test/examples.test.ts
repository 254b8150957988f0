import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('../apps/cli/dist/main.cjs', import.meta.url));
const story = (name: string): string => fileURLToPath(new URL(`../examples/${name}/story.mjs`, import.meta.url));

// The examples are run as a reader runs them, and their output is compared with what they promise.
test.skipIf(!existsSync(MAIN))('an agent dies, and the next one recovers its job and acts on the advice', () => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [story('recovery')], {
    encoding: 'utf8',
    timeout: 25_000,
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/4\. A new agent recovers\.\n.*\n {2}work: timeout \(.+\) → raise-limit\n/);
  expect(stdout).toMatch(/\n {2}work: success \(exit 0\) → proceed\n5\./);
  expect(stdout.trim()).toMatch(/nothing new$/);
});

const RENAMED = story('renamed-project');
const canMakeVenvs = spawnSync('python3', ['-c', 'import venv']).status === 0;

test.skipIf(!existsSync(MAIN) || !canMakeVenvs)(
  'a renamed project: its dead scripts are named and mended, and the start goes through',
  () => {
    const { stdout, stderr, status } = spawnSync(process.execPath, [RENAMED], { encoding: 'utf8', timeout: 100_000 });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/\n2\. [\s\S]*refused \(cannot-execute\): \/new-name\/.venv\/bin\/train asks for/);
    expect(stdout).toMatch(/\n3\. [\s\S]*next: .* preflight --check venv-scripts:\.venv \(likely: the interpreter of/);
    expect(stdout).toMatch(/\n4\. [\s\S]*1 of 1 are dead: train; [\s\S]*not ready: 2 failed/);
    expect(stdout).toMatch(/\n5\. [\s\S]*mend-venv\.mjs [\s\S]*\nready/);
    expect(stdout.trim()).toMatch(/\n6\. [\s\S]*\ntrain success in .*$/);
  },
);

test.skipIf(!existsSync(MAIN))(
  'three failures open the breaker; an edit gets the trial, or the service comes back',
  () => {
    const { stdout, stderr, status } = spawnSync(process.execPath, [story('breaker')], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const failures =
      '   failed → fix\n   failed → fix\n   failed → abort\n   refused: check: failed 3 times with the same error ';
    const sentence = ', and nothing has changed since; likely an infrastructure problem, not the work itself\n';
    expect(stdout.split(/^\d\. .*\n/m).slice(1)).toEqual([
      `${failures}(AssertionError: source.txt is not fixed)${sentence}`,
      '   success → proceed\n',
      `${failures}(ECONNREFUSED 127.0.0.1:8123)${sentence}`,
      '   success → proceed\n',
    ]);
  },
);

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('../apps/cli/dist/main.cjs', import.meta.url));
const STORY = fileURLToPath(new URL('../examples/recovery/story.mjs', import.meta.url));

// What is shown to readers is run as they would: what it prints is what it promises.
test.skipIf(!existsSync(MAIN))('an agent dies, the next one recovers its job and acts on the advice', () => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [STORY], { encoding: 'utf8', timeout: 25_000 });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/4\. A new agent recovers\.\n.*\n {2}work: timeout \(.+\) → raise-limit\n/);
  expect(stdout).toMatch(/\n {2}work: success \(exit 0\) → proceed\n5\./);
  expect(stdout.trim()).toMatch(/nothing that was not told$/);
});

import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { until } from '@pm/testing';
import { afterEach, expect, vi } from 'vitest';
import { followLog } from '../src/index.ts';
import { pathOf, test } from './stage.ts';

const watching = vi.hoisted(() => ({ refused: false }));
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const watch = (...args: Parameters<typeof fs.watch>): ReturnType<typeof fs.watch> => {
    if (watching.refused) throw Object.assign(new Error('too many open files'), { code: 'EMFILE' });
    return fs.watch(...args);
  };
  return { ...fs, watch };
});
afterEach(() => {
  watching.refused = false;
});

/** What has been given so far. `finish` ends the following and resolves to all of it. */
function follow(file: string, from = 0): { given: () => Buffer; finish: () => Promise<Buffer> } {
  const chunks: Buffer[] = [];
  let ended = false;
  const followed = (async () => {
    for await (const chunk of followLog(file, { from, ended: () => ended })) chunks.push(chunk);
  })();
  const given = (): Buffer => Buffer.concat(chunks);
  return {
    given,
    async finish() {
      ended = true;
      await followed;
      return given();
    },
  };
}

test.for([
  ['characters cut in two', Buffer.from('grüße, 世界 🙂\n'.repeat(200))],
  ['bytes that are no text', randomBytes(5_000)],
] as const)('%s arrive as they were written', async ([, bytes], { stage }) => {
  const [from, to] = [`${stage.folder}/from`, `${stage.folder}/log`];
  writeFileSync(from, bytes);
  writeFileSync(to, '');
  const following = follow(to);
  await once(spawn(pathOf('drip.mjs'), [from, to, '101', '2'], { env: stage.env, stdio: 'ignore' }), 'exit');
  expect((await following.finish()).equals(bytes)).toBe(true);
});

test('50 MB arrive whole, and a slow reader does not keep the writer', async ({ stage }) => {
  const [from, to] = [`${stage.folder}/from`, `${stage.folder}/log`];
  const bytes = randomBytes(50_000_000);
  writeFileSync(from, bytes);
  writeFileSync(to, '');
  let written = false;
  const hash = createHash('sha256');
  const following = (async () => {
    for await (const chunk of followLog(to, { ended: () => written })) {
      hash.update(chunk);
      await until(() => written); // takes the first bytes, and no more until the writer is done
    }
  })();
  await once(spawn(pathOf('drip.mjs'), [from, to, '1000000', '0'], { env: stage.env, stdio: 'ignore' }), 'exit');
  written = true;
  await following;
  expect(hash.digest('hex')).toBe(createHash('sha256').update(bytes).digest('hex'));
});

test('it begins where it is told', async ({ stage }) => {
  const log = `${stage.folder}/log`;
  writeFileSync(log, '0123456789');
  expect(String(await follow(log, 7).finish())).toBe('789');
});

test('a log that its job truncated is given anew', async ({ stage }) => {
  const log = `${stage.folder}/log`;
  writeFileSync(log, 'a long first line\n');
  const following = follow(log);
  await until(() => following.given().length === 18);
  truncateSync(log);
  writeFileSync(log, 'short\n');
  await until(() => following.given().length === 24);
  expect(String(await following.finish())).toBe('a long first line\nshort\n');
});

test('it ends when the run does, whoever still holds the file open', async ({ stage }) => {
  const run = await stage.run(['daemon.sh']);
  const following = follow(run.paths.log);
  await run.over();
  expect(String(await following.finish())).toBe('before\n');
  expect(stage.alive()).not.toEqual([]);
});

test('aborting ends the following', async ({ stage }) => {
  const log = `${stage.folder}/log`;
  writeFileSync(log, 'x');
  const patience = new AbortController();
  let given = '';
  for await (const chunk of followLog(log, { ended: () => false, signal: patience.signal })) {
    given += chunk;
    setImmediate(() => patience.abort());
  }
  expect(given).toBe('x');
});

test('without a watch to be had it polls', async ({ stage }) => {
  watching.refused = true;
  const log = `${stage.folder}/log`;
  writeFileSync(log, 'one\n');
  const following = follow(log);
  await until(() => following.given().length === 4);
  appendFileSync(log, 'two\n');
  await until(() => following.given().length === 8);
  expect(String(await following.finish())).toBe('one\ntwo\n');
});

test('a link in the place of the log of an earlier attempt is an error, also one that leads nowhere', async ({
  stage,
}) => {
  const file = `${stage.folder}/log`;
  writeFileSync(file, 'second\n');
  for (const target of [file, '/nowhere/at/all']) {
    symlinkSync(target, `${file}.1`);
    const followed = followLog(file, { attempt: 1, ended: () => true }).next();
    await expect(followed).rejects.toMatchObject({
      code: 'not-supported',
      message: `${file}.1 is a symbolic link, and pm follows none.`,
    });
    rmSync(`${file}.1`);
  }
});

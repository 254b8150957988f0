// `npm run test:peers [dumb-init|coreutils]`: runs the tests of two peers against `pm run`, through shims named as the peers are.
// Their files are not in this repository. A peer whose files are missing is skipped and named.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { coreutilsCases } from './coreutils.mjs';
import { dumbInitCases } from './dumb-init.mjs';
import { reasonOf } from './not-meant.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const SOURCES = process.env.PM_PEERS ?? join(here, 'sources');
const MAIN = fileURLToPath(new URL('../apps/cli/dist/main.cjs', import.meta.url));
const PEERS = {
  'dumb-init': { cases: dumbInitCases, holds: 'tests/exit_status_test.py', from: 'https://github.com/Yelp/dumb-init' },
  coreutils: {
    cases: coreutilsCases,
    holds: 'tests/timeout/timeout.sh',
    from: 'https://github.com/coreutils/coreutils',
  },
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(PEERS, name));
if (unknown.length > 0) {
  console.error(
    `There is no peer ${unknown.join(', ')}. Usage: npm run test:peers -- [${Object.keys(PEERS).join('|')}]…`,
  );
  process.exitCode = 2;
} else if (!existsSync(MAIN)) {
  console.error(`${MAIN} is missing: build first (npm run build).`);
  process.exitCode = 2;
} else process.exitCode = await runAll(asked.length > 0 ? asked : Object.keys(PEERS));

async function runAll(names) {
  const results = [];
  for (const name of names) results.push(...(await runPeer(name)));
  const count = (state) => results.filter((result) => result.state === state).length;
  console.log(
    `\n${count('passed')} passed, ${count('failed')} failed, ${count('not meant')} not meant, ${count('skipped')} skipped`,
  );
  return count('failed') > 0 ? 1 : 0;
}

async function runPeer(name) {
  const { cases, holds, from } = PEERS[name];
  const source = join(SOURCES, name);
  console.log(`\n# ${name}`);
  if (!existsSync(join(source, holds)))
    return [
      print({ name, state: 'skipped', said: `its files are expected at ${source}: git clone ${from} ${source}` }),
    ];
  const results = [];
  for await (const result of cases(source, inFolder)) {
    const reason = result.state === 'failed' ? reasonOf(name, result.name) : undefined;
    results.push(print(reason === undefined ? result : { ...result, state: 'not meant', said: reason }));
  }
  return results;
}

function print(result) {
  console.log(`${result.state.padEnd(9)} ${result.name}${result.said ? `\n            ${result.said}` : ''}`);
  return result;
}

/** Gives each case a project of its own, and stops afterwards what it left running. */
async function inFolder(task) {
  const folder = mkdtempSync(join(tmpdir(), 'pm-peers-'));
  const env = {
    ...process.env,
    PM_DIR: join(folder, '.pm'),
    PM_PEERS_NODE: process.execPath,
    PM_PEERS_PM: MAIN,
    PATH: `${join(here, 'shims')}${delimiter}${process.env.PATH}`,
  };
  try {
    return await task(folder, env);
  } finally {
    const pm = (...args) => spawnSync(process.execPath, [MAIN, ...args, '--json'], { cwd: folder, env }).stdout;
    const live = JSON.parse(pm('ls')).runs.filter(({ outcome }) => outcome === undefined);
    if (live.length > 0) pm('stop', '--force', ...live.map(({ step }) => step));
    await rm(folder, { recursive: true, force: true, maxRetries: 10 }); // a resident may still write while it exits
  }
}

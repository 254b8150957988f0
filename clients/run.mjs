// `npm run test:clients [name…]`: tries pm-mcp with clients of other projects. A client that cannot be installed is skipped and listed.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const NODE = join(here, 'node_modules/node/bin/node');
const MAIN = fileURLToPath(new URL('../apps/mcp/dist/main.cjs', import.meta.url));
const TRIES = ['inspector', 'conformance', 'mcporter', 'ai-sdk', 'langchain'];

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !TRIES.includes(name));
if (unknown.length > 0) {
  console.error(`There is no client ${unknown.join(', ')}. Usage: npm run test:clients -- [${TRIES.join('|')}]…`);
  process.exitCode = 2;
} else if (process.env.PM_CLIENTS_TRY === undefined) process.exitCode = await tryAll(asked.length > 0 ? asked : TRIES);
else
  await (await import(`./${process.env.PM_CLIENTS_TRY}.mjs`)).default({
    main: MAIN,
    node: NODE,
    here,
    project: process.cwd(),
  });

/** Runs each in a process of its own under Node 24, with a project and a home folder that are removed afterwards. */
async function tryAll(names) {
  const why = whyNone();
  const results = [];
  for (const name of names)
    results.push({ name, ...(why === undefined ? await tryOne(name) : { state: 'skipped', said: why }) });
  console.log('');
  for (const { name, state, said } of results) console.log(`${state.padEnd(8)} ${name.padEnd(12)} ${said}`);
  return results.some(({ state }) => state === 'failed') ? 1 : 0;
}

/** Why no client can be tried; undefined if they can. */
function whyNone() {
  if (!existsSync(MAIN)) return `${MAIN} is missing: build first (npm test does)`;
  if (existsSync(NODE)) return undefined;
  const options = { cwd: here, stdio: 'inherit', shell: process.platform === 'win32' };
  const { status } = spawnSync(
    'npm',
    ['install', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'],
    options,
  );
  return status === 0 && existsSync(NODE)
    ? undefined
    : 'the packages in clients/ could not be installed (is there a network?)';
}

async function tryOne(name) {
  console.log(`\n# ${name}`);
  const folder = mkdtempSync(join(tmpdir(), 'pm clients '));
  mkdirSync(join(folder, '.git'));
  const env = { ...process.env, PM_CLIENTS_TRY: name, HOME: folder, XDG_STATE_HOME: join(folder, 'state') };
  delete env.PM_DIR;
  try {
    const { status } = spawnSync(NODE, [fileURLToPath(import.meta.url)], { cwd: folder, env, stdio: 'inherit' });
    return status === 0 ? { state: 'passed', said: '' } : { state: 'failed', said: `exit status ${status}` };
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 10 }); // a resident may still write while it exits
  }
}

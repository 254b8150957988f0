// `npm run test:hosts [-- host… --trials 50 --only stories --at-once 2 --out table.md]`: pm and pm-mcp inside real coding agents, each with a
// scripted model on loopback. README.md says what is measured and what counts as lost.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { codexQueue, WHEN } from './codex-queue.mjs';
import { killMatrix } from './kill.mjs';
import { installation, programOf, versionOf } from './machine/installation.mjs';
import { isolated } from './machine/isolation.mjs';
import { hasTmux } from './machine/terminal.mjs';
import { registered } from './registered.mjs';
import { statusLine } from './status-line.mjs';
import { runStories } from './stories.mjs';
import { initTable, killTable, storyTable } from './tables.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const HOSTS = ['claude', 'codex', 'opencode', 'gemini'];
const PARTS = ['init', 'stories', 'kills'];
const OUT = join(ROOT, 'node_modules/.cache/hosts/table.md');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    trials: { type: 'string', default: '2' },
    only: { type: 'string', multiple: true, default: PARTS },
    start: { type: 'string' },
    end: { type: 'string' },
    way: { type: 'string' },
    story: { type: 'string' },
    'at-once': { type: 'string', default: '2' },
    out: { type: 'string', default: OUT },
  },
});
const names = positionals.length > 0 ? positionals : HOSTS;
const unknown = [
  ...names.filter((name) => !HOSTS.includes(name)),
  ...values.only.filter((part) => !PARTS.includes(part)),
];
const found = installation();

if (unknown.length > 0)
  fail(`There is no ${unknown.join(', ')}. Hosts: ${HOSTS.join(', ')}; --only ${PARTS.join(' or ')}.`);
else if (!existsSync(join(ROOT, 'apps/cli/dist/main.cjs'))) fail('pm is not built: build first (npm run build).');
else if (found.error !== undefined) skip(found.error);
else if (!hasTmux()) skip('tmux is missing: the hosts need a terminal');
else if (process.platform !== 'linux') skip('the harness reads /proc, which only Linux has');
else if (process.env.PM_HOSTS_INSIDE === undefined) process.exitCode = await runInside();
else process.exitCode = await measure();

function fail(why) {
  console.error(why);
  process.exitCode = 2;
}

function skip(why) {
  console.log(`skipped: ${why}`);
}

/** Runs this file again, by the Node.js of the hosts, where only loopback and our own processes are in reach. */
async function runInside() {
  const words = isolated();
  if (words.length === 0) console.log('no namespaces here: only a closed proxy keeps the hosts from the network');
  const [command, ...args] = [...words, found.node, fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  const env = { ...process.env, PM_HOSTS: found.folder, PM_HOSTS_INSIDE: '1' };
  const child = spawn(command, args, { stdio: 'inherit', env });
  for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => child.kill(name));
  const [status] = await once(child, 'exit');
  return status ?? 1;
}

async function measure() {
  const tables = [];
  let bad = 0;
  for (const name of names) {
    const binary = programOf(found.folder, name);
    if (binary === undefined) {
      tables.push(`Skipped: ${name} is not installed.`);
      continue;
    }
    const host = await import(`./host/${name}.mjs`);
    const at = {
      host,
      binary,
      node: found.node,
      atOnce: Number(values['at-once']),
      report: (line) => console.log(line),
    };
    tables.push(`## ${host.name} ${versionOf(binary)}`);
    if (values.only.includes('init')) {
      const rows = await initRows({ name, ...at });
      tables.push(initTable(rows));
      bad += rows.filter(({ failed }) => failed !== undefined).length;
    }
    if (values.only.includes('stories')) {
      const rows = await runStories({ ...at, only: matcher(values.way), story: matcher(values.story) });
      tables.push(storyTable(rows));
      bad += rows.filter(({ failed, forComparison }) => failed !== undefined && !forComparison).length;
    }
    if (values.only.includes('kills')) {
      const rows = await killMatrix({
        ...at,
        trials: Number(values.trials),
        start: matcher(values.start),
        end: matcher(values.end),
      });
      tables.push(killTable(rows));
      bad += rows.filter(({ state }) => state !== 'told').length;
    }
  }
  const text = `${tables.join('\n\n')}\n`;
  mkdirSync(dirname(values.out), { recursive: true });
  writeFileSync(values.out, text);
  console.log(`\n${text}\n${bad === 0 ? 'Nothing failed' : `${bad} failed`}; the table is in ${values.out}`);
  return bad === 0 ? 0 : 1;
}

/** What `pm init --host` does for this host; for Codex also how an ending reaches its thread, for Claude Code its status line. */
async function initRows({ name, host, binary, node, report }) {
  const rows = [{ what: 'pm init --host, then a call of a tool', ...(await registered({ name, host, binary, node })) }];
  for (const when of name === 'codex' ? WHEN : [])
    rows.push({ what: `codex queue: ${when}`, ...(await codexQueue({ host, binary, node, when })) });
  if (name === 'claude') rows.push({ what: 'status line', ...(await statusLine({ host, binary, node })) });
  for (const row of rows) report(`${host.name} | init | ${JSON.stringify(row)}`);
  return rows;
}

function matcher(text) {
  const pattern = text === undefined ? /(?:)/ : new RegExp(text);
  return (name) => pattern.test(name);
}

// `node bench/services/run.mjs` ensures real servers, asks who holds their ports and takes them down, and compares what pm says with what
// is true. Exits with 1 if something was wrong.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { MAIN } from '../stage.mjs';
import { servers } from './servers.mjs';

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });
const folder = mkdtempSync(join(tmpdir(), 'pm-services-'));
const mark = `PM_SERVICES=${process.pid}-${Date.now()}`;
const env = { ...process.env, XDG_STATE_HOME: join(folder, 'state'), PM_SERVICES: mark.split('=')[1] };
/** The exit statuses of `pm ensure`. */
const READY = 0;
const rows = {};
let isWrong = false;
for (const [i, server] of servers(folder).entries()) {
  if (!server.name.includes(values.only)) continue;
  rows[server.name] =
    server.absent === undefined ? await tried(server, join(folder, `project-${i}`)) : { skipped: server.absent };
}
console.table(rows);
rmSync(folder, { recursive: true, force: true });
process.exitCode = isWrong ? 1 : 0;

async function tried({ command, ready, expected, options = ['--ready-timeout', '5s'], cwd, mayLeave }, project) {
  mkdirSync(join(project, '.git'), { recursive: true });
  const wrong = [];
  const from = performance.now();
  const checks = ready.flatMap((spec) => ['--ready', spec]);
  const place = cwd === undefined ? [] : ['--cwd', cwd];
  const ensure = () =>
    pm(project, 'ensure', 'web', '--port', 'auto', ...checks, ...options, ...place, '--json', '--', ...command);
  const ensured = ensure();
  const took = performance.now() - from;
  const [run] = ensured.answer.runs ?? [];
  const said = ensured.status === READY ? 'ready' : run?.state === 'ended' ? 'ended' : 'not-ready';
  if (said !== expected) wrong.push(`ensure said ${said} (${ensured.status}): ${ensured.text.trim().slice(0, 300)}`);
  const port = run?.port;
  const isOpen = await accepts(port);
  if (said === 'ready' && !isOpen) wrong.push('nothing accepts connections on its port');
  if (said === 'ready') {
    const [holder] = pm(project, 'who', String(port), '--json').answer.holders ?? [];
    if (holder?.step !== 'web') wrong.push('pm who does not name its run');
    const again = ensure();
    if (again.answer.runs?.[0]?.id !== run.id) wrong.push('a second ensure has another run');
  }
  const down = pm(project, 'down', '--json');
  const left = processesOf(mark);
  const isNamed = mayLeave === true && run?.survivors?.length > 0;
  if (left.length > 0 && !isNamed) wrong.push(`left running: ${left.join(', ')}`);
  if (!isNamed && (await accepts(port))) wrong.push('its port is still held after down');
  if (down.status !== 0 && !isNamed) wrong.push(`down exited with ${down.status}: ${down.text.trim().slice(0, 200)}`);
  for (const pid of left) process.kill(pid, 'SIGKILL');
  isWrong ||= wrong.length > 0;
  for (const what of wrong) console.error(what);
  return {
    said,
    'said after': `${(took / 1_000).toFixed(1)} s`,
    'left by down': isNamed ? 'its daemon, named' : left.length,
    wrong: wrong.length,
  };
}

function pm(cwd, ...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    cwd,
    env,
    encoding: 'utf8',
    timeout: 300_000,
  });
  try {
    return { status, text: stdout + stderr, answer: JSON.parse(stdout) };
  } catch {
    return { status, text: stdout + stderr, answer: {} };
  }
}

async function accepts(port) {
  if (port === undefined) return false;
  const tries = ['127.0.0.1', '::1'].map((host) =>
    new Promise((resolve) => {
      const socket = connect({ host, port });
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      setTimeout(() => resolve(false), 2_000).unref();
    }).finally(() => {}),
  );
  return (await Promise.all(tries)).includes(true);
}

/** The processes that have our mark in their environment, pm's own left out. */
function processesOf(entry) {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return false;
    try {
      if (!readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(entry)) return false;
      const state = readFileSync(`/proc/${pid}/stat`, 'latin1');
      const argv = readFileSync(`/proc/${pid}/cmdline`, 'latin1');
      return !/\) Z /.test(state) && !/resident\.cjs|wrapper\.sh/.test(argv);
    } catch {
      return false;
    }
  });
}

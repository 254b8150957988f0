import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { median, ms } from '../stage.mjs';

export const title = 'pm-mcp: from its start to its answer to server/discover; beside eight busy processes';
export const budget = '3.0 × one `node -e 0`; 2 s';

const SERVER = fileURLToPath(new URL('../../apps/mcp/dist/main.cjs', import.meta.url));
const META = 'io.modelcontextprotocol';
const DISCOVER = {
  jsonrpc: '2.0',
  id: 0,
  method: 'server/discover',
  params: {
    _meta: {
      [`${META}/protocolVersion`]: '2026-07-28',
      [`${META}/clientInfo`]: { name: 'bench', version: '1' },
      [`${META}/clientCapabilities`]: {},
    },
  },
};

export async function measure() {
  const quiet = await several(20);
  const busy = Array.from({ length: 8 }, () => spawn(process.execPath, ['-e', 'for(;;);'], { stdio: 'ignore' }));
  const loaded = await several(10).finally(() => busy.map((child) => child.kill('SIGKILL')));
  const ratio = median(quiet.answers) / median(quiet.starts);
  return {
    value: `${ratio.toFixed(2)} ×; ${ms(median(loaded.answers))}`,
    within: ratio <= 3 && median(loaded.answers) < 2_000,
    detail: `medians of 20: ${ms(median(quiet.answers))}, node -e 0 ${ms(median(quiet.starts))}; beside eight busy processes: longest ${ms(Math.max(...loaded.answers))}, node -e 0 ${ms(median(loaded.starts))}`,
  };
}

async function several(count) {
  const starts = [];
  const answers = [];
  for (let i = 0; i < count; i++) {
    starts.push(await timeTo('exit', ['-e', '0']));
    answers.push(await timeTo('answer', [SERVER]));
  }
  return { starts, answers };
}

/** How long a process takes until it exits or answers, in ms. */
async function timeTo(end, args) {
  const from = performance.now();
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'ignore'] });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.stdin.on('error', () => {}); // node -e 0 reads nothing
  child.stdin.write(`${JSON.stringify(DISCOVER)}\n`);
  await (end === 'exit' ? exited : new Promise((resolve) => child.stdout.once('data', resolve)));
  const took = performance.now() - from;
  child.stdin.end();
  await exited;
  return took;
}

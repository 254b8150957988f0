// The command line of MCP Inspector, in both eras: a list with --strict, a call, a wait for a run (a task in the modern era), 300 calls.

import { equal, ok } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

export default function inspector({ main, node, here }) {
  for (const era of ['legacy', 'modern']) {
    const ask = (...args) => {
      const bin = join(here, 'node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js');
      const given = ['--cli', node, main, '--protocol-era', era, ...args, '--format', 'json', '-q'];
      const env = { ...process.env, MCP_INSPECTOR_SECRET_STORE: 'memory' };
      const { status, stdout, stderr } = spawnSync(node, [bin, ...given], { env, encoding: 'utf8', timeout: 120_000 });
      equal(status, 0, `${era} ${args.join(' ')}: ${stderr}`);
      return JSON.parse(stdout).result;
    };
    const { tools } = ask('--method', 'tools/list', '--strict');
    const call = (name, input) =>
      ask('--method', 'tools/call', '--tool-name', name, '--tool-args-json', JSON.stringify(input));
    const { structuredContent } = call('start_run', { step: `try-${era}`, command: ['sleep', '2'], wait: true });
    equal(structuredContent.outcome, 'success');
    const load = ask(
      '--method',
      'tools/call',
      '--tool-name',
      'ls_runs',
      '--load',
      '--load-requests',
      '300',
      '--load-concurrency',
      '10',
    );
    ok(load.ok === 300, JSON.stringify(load));
    console.log(`${era}: ${tools.length} tools, a wait for a run of 2 s, 300 calls: p50 ${load.latencyMs.p50} ms`);
  }
}

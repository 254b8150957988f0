// mcporter: a client with its own configuration file, over stdio.

import { deepEqual, equal, match } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export default function mcporter({ main, node, here, project }) {
  const config = join(project, 'mcporter.json');
  writeFileSync(config, JSON.stringify({ mcpServers: { mon: { command: node, args: [main] } } }));
  const bin = join(here, 'node_modules/mcporter/dist/cli.js');
  const ask = (...args) => spawnSync(node, [bin, '--config', config, ...args], { encoding: 'utf8', timeout: 60_000 });

  const listed = ask('list', 'mon', '--json');
  equal(listed.status, 0, listed.stderr);
  match(listed.stdout, /"wait_run"/);
  const call = (name, input) => ask('call', `mon.${name}`, '--args', JSON.stringify(input), '--output', 'json');
  const { status, stdout, stderr } = call('start_run', { step: 'try', command: ['sh', '-c', 'exit 3'], wait: true });
  equal(status, 0, stderr);
  const { outcome, exitCode, advice } = JSON.parse(stdout);
  deepEqual({ outcome, exitCode, advice }, { outcome: 'failed', exitCode: 3, advice: 'fix' });
  const refused = call('wait_run', { steps: ['nothing'] });
  match(refused.stdout + refused.stderr, /There is no run nothing/);
  console.log('a list, a run that failed, a refusal');
}

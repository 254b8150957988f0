import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { median, ms, pmInBackground, project, timed } from '../stage.mjs';

export const title = 'pm preflight with eight checks';
export const budget = '4.0 × one `node -e 0`';

export async function measure() {
  const cwd = project();
  const server = createServer((_, response) => response.end('1\n')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  mkdirSync(`${cwd}/data`);
  writeFileSync(`${cwd}/data/train.csv`, 'x');
  const checks = [
    `command:${process.execPath}`,
    { check: 'http', url: `http://127.0.0.1:${port}/?query=SELECT+1`, body: '1' },
    `tcp:127.0.0.1:${port}`,
    'env:PATH',
    'file:data/train.csv',
    'directory:data',
    'writable:data',
    'disk:1MiB',
  ];
  writeFileSync(`${cwd}/pm.config.json`, JSON.stringify({ checks }));
  const node = [];
  const asked = [];
  try {
    for (let i = 0; i < 30; i++) {
      node.push(timed(process.execPath, ['-e', '0']));
      asked.push(await timeOfPreflight(cwd));
    }
  } finally {
    server.close();
  }
  const ratio = median(asked) / median(node);
  return {
    value: `${ratio.toFixed(2)} ×`,
    within: ratio <= 4,
    detail: `medians of 30: pm preflight ${ms(median(asked))}, node -e 0 ${ms(median(node))}; all eight pass, and they include an HTTP request and an fsync`,
  };
}

/** Asynchronous, because this process also has to answer as the service. */
async function timeOfPreflight(cwd) {
  const from = performance.now();
  const asking = pmInBackground(cwd, 'preflight', '--json');
  asking.stdout.resume();
  const [status] = await once(asking, 'exit');
  if (status !== 0) throw new Error(`the preflight ended with ${status}`);
  return performance.now() - from;
}

// A project with a server and a test, as many have: `npm run dev` starts a server, and a program beside it that watches files.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const DEV = `
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
const { PORT, LATE, WHAT } = process.env;
spawn(process.execPath, ['watch.mjs'], { stdio: 'inherit' });
console.log('building 212 modules …');
setTimeout(() => {
  if (WHAT === 'fails') throw new Error('connect ECONNREFUSED 127.0.0.1:5432: is the database running?');
  let requests = 0;
  createServer((request, answer) => {
    if (WHAT === 'dies' && request.url === '/orders') throw new Error('the table orders does not exist');
    answer.end('hello');
  }).listen(Number(PORT), '127.0.0.1', () => console.log('ready on http://127.0.0.1:' + PORT));
}, Number(LATE));
`;

const WATCH = `
console.log('watching for changes');
setInterval(() => {}, 60_000);
`;

const E2E = `
for (const page of ['/', '/cart', '/orders', '/account']) {
  const answer = await fetch('http://127.0.0.1:' + process.env.PORT + page);
  console.log('ok ' + page + ' ' + answer.status);
}
`;

/** What may happen to the server: after how many milliseconds it listens, and what goes wrong. */
export const CASES = {
  'listens after 2 s': { LATE: '2000', WHAT: 'works' },
  'listens after 8 s': { LATE: '8000', WHAT: 'works' },
  'fails to start': { LATE: '1000', WHAT: 'fails' },
  'dies while it is tested': { LATE: '2000', WHAT: 'dies' },
};

/** Writes the project, with the files that each way needs. */
export function writeProject(folder, port) {
  const url = `http://127.0.0.1:${port}/`;
  mkdirSync(join(folder, '.git'), { recursive: true });
  const files = {
    'dev.mjs': DEV,
    'watch.mjs': WATCH,
    'e2e.mjs': E2E,
    'package.json': json({ private: true, scripts: { dev: 'node dev.mjs', e2e: 'node e2e.mjs' } }),
    'pm.config.json': json({
      steps: {
        web: { command: ['npm', 'run', 'dev'], port, ready: [url] },
        e2e: { command: ['npm', 'run', 'e2e'], needs: ['web'] },
      },
    }),
    // JSON is YAML.
    'process-compose.yaml': json({
      version: '0.5',
      processes: {
        web: {
          command: 'npm run dev',
          readiness_probe: {
            http_get: { host: '127.0.0.1', scheme: 'http', path: '/', port },
            period_seconds: 1,
            failure_threshold: 60,
          },
        },
        e2e: {
          command: 'npm run e2e',
          depends_on: { web: { condition: 'process_healthy' } },
          availability: { exit_on_end: true },
        },
      },
    }),
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return url;
}

function json(value) {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

// A breaker opens twice: for a mistake that an edit fixes, and for a service that stops and comes back.
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const pm = fileURLToPath(new URL('../../apps/cli/dist/main.cjs', import.meta.url));
const project = mkdtempSync(join(tmpdir(), 'pm-story-'));
cpSync(fileURLToPath(new URL('check.mjs', import.meta.url)), join(project, 'check.mjs'));
writeFileSync(join(project, 'source.txt'), 'broken');
for (const args of [
  ['init', '-q'],
  ['add', 'check.mjs', 'source.txt'],
  ['commit', '-qm', 'broken'],
])
  spawnSync('git', ['-c', 'user.name=story', '-c', 'user.email=story@example.com', ...args], { cwd: project });

const own = Object.entries(process.env).filter(([name]) => !name.startsWith('PM_'));
const service = createServer((_, response) => response.end('ok'));
await listen(0);
const { port } = service.address();
const env = { ...Object.fromEntries(own), SERVICE: `http://127.0.0.1:${port}/` };

console.log('1. The code has a mistake, and nobody fixes it.');
for (let i = 0; i < 4; i++) await check();

console.log('2. After an edit, the next start is let through as a trial.');
writeFileSync(join(project, 'source.txt'), 'fixed');
await check();

console.log('3. The service stops. No edit can fix that.');
await close();
for (let i = 0; i < 4; i++) await check();

console.log('4. The service is back. Somebody who knows that resets the breaker.');
await listen(port);
await call(['breaker', 'reset', 'check', '--reason', 'the service is back']);
await check();

await close();
await rm(project, { recursive: true, maxRetries: 50 }); // a wrapper may still be writing

/** Starts the check and waits for it. Asynchronous, because this process also has to answer as the service. */
async function check() {
  const { runs, refusal } = JSON.parse(await call(['start', 'check', '--wait', '--json', '--', 'node', 'check.mjs']));
  if (refusal !== undefined) console.log(`   refused: ${refusal.message.replace(String(port), '8123')}`);
  for (const { outcome, advice } of runs) console.log(`   ${outcome} → ${advice}`);
}

async function call(args) {
  const child = spawn(process.execPath, [pm, ...args], { cwd: project, env, stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  for await (const chunk of child.stdout) text += chunk;
  return text;
}

function listen(at) {
  return new Promise((resolve) => service.listen(at, '127.0.0.1', resolve));
}

function close() {
  service.closeAllConnections();
  return new Promise((resolve) => service.close(resolve));
}

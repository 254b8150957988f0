// Two agents work in three worktrees of one machine. Builds go through one queue, so they never run at the same time.
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const pm = fileURLToPath(new URL('../../apps/cli/dist/main.cjs', import.meta.url));
const machine = mkdtempSync(join(tmpdir(), 'pm-story-'));
const own = Object.entries(process.env).filter(([name]) => !name.startsWith('PM_'));
for (const worktree of ['api', 'web', 'docs']) {
  mkdirSync(join(machine, worktree));
  writeFileSync(join(machine, worktree, 'package.json'), '{}');
  cpSync(fileURLToPath(new URL('build.sh', import.meta.url)), join(machine, worktree, 'build.sh'));
}

console.log('1. The first agent builds in the worktree api.');
console.log(agent('one', 'api', ['start', 'build', '--queue', 'heavy', '--', './build.sh']));
while (!existsSync(join(machine, 'times'))) await sleep(20); // it is at work

console.log('2. The second agent starts two more. They wait, and it is told their places.');
console.log(agent('two', 'web', ['start', 'build', '--queue', 'heavy', '--', './build.sh']));
console.log(agent('two', 'docs', ['start', 'links', '--queue', 'heavy', '--', './build.sh']));

console.log('3. One of them is more urgent.');
agent('two', 'docs', ['queue', 'move', 'links', '--front']);
console.log(agent('two', 'docs', ['status', 'links']).split('\n')[1]);

console.log('4. The second agent waits for both. The first build ends.');
const waits = [wait('web', 'build'), wait('docs', 'links')];
writeFileSync(join(machine, 'go-on'), '');
for (const said of await Promise.all(waits)) console.log(said);

console.log('5. The first agent asks for news.');
console.log(agent('one', 'api', ['recover']));

console.log('6. This is when each build began and ended:');
console.log(readFileSync(join(machine, 'times'), 'utf8').trimEnd());
await rm(machine, { recursive: true, maxRetries: 50 }); // a wrapper may still be writing

/** What an agent reads that calls pm in a worktree. */
function agent(session, worktree, args) {
  return told(execFileSync(process.execPath, [pm, ...args], { ...place(session, worktree), encoding: 'utf8' }));
}

async function wait(worktree, step) {
  const child = spawn(process.execPath, [pm, 'wait', step], {
    ...place('two', worktree),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  for await (const chunk of child.stdout) text += chunk;
  return told(text);
}

function place(session, worktree) {
  const env = {
    ...Object.fromEntries(own),
    PM_SESSION: session,
    XDG_STATE_HOME: join(machine, 'state'),
    MACHINE: machine,
  };
  return { cwd: join(machine, worktree), env };
}

function told(text) {
  return text
    .trim()
    .split('\n')
    .map(
      (line) =>
        `   ${line.replaceAll(`${process.execPath} ${pm}`, 'pm').replace(/next: (?:node )?\S*main\.cjs /, 'next: pm ')}`,
    )
    .join('\n');
}

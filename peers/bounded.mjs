import { spawn } from 'node:child_process';

/**
 * Runs a command without input, and kills its process group after `limitMs`.
 * @returns its exit status, `undefined` if it was killed, and its output, stdout and stderr together
 */
export function bounded(argv, { cwd, env, limitMs }) {
  const [command, ...args] = argv;
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let late = false;
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
  const timer = setTimeout(() => {
    late = true;
    process.kill(-child.pid, 'SIGKILL'); // not waited for yet, so the pid is still the child's
    for (const stream of [child.stdout, child.stderr]) stream.destroy(); // a survivor may hold the pipe
  }, limitMs);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', () => clearTimeout(timer));
    child.on('close', (code) => resolve({ status: late ? undefined : (code ?? undefined), output }));
  });
}

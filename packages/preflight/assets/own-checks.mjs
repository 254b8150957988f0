// The process of the project's own checks: a thread for each, so that none holds up another, or what is said to them.
// It leads a group of its own and leaves with whoever started it, however that ended; what the checks have started goes with it.
import { Worker } from 'node:worker_threads';

const THREAD = new URL('./own-check.mjs', import.meta.url);
const threads = new Map();

process.on('message', ({ id, type, ...rest }) => {
  if (type === 'open') threads.set(id, opened(id, rest));
  else if (type === 'end') threads.get(id)?.terminate();
  else threads.get(id)?.postMessage({ type, ...rest });
});
process.on('disconnect', () => process.kill(0, 'SIGKILL')); // 0 is the group that we lead, and nobody else's

function opened(id, { workerData, env }) {
  const worker = new Worker(THREAD, { workerData, env, argv: [], execArgv: [], stdout: true, stderr: true });
  for (const stream of [worker.stdout, worker.stderr]) stream.resume();
  worker.on('message', (message) => tell(id, message));
  worker.on('error', (error) => tell(id, fault(`threw ${String(error?.message ?? error).split('\n')[0]}`)));
  worker.on('exit', (code) => {
    threads.delete(id);
    tell(id, fault(`ended its thread (exit ${code}) without an answer`));
  });
  return worker;
}

function tell(id, message) {
  if (process.connected) process.send({ id, message }, () => {}); // who has gone is not told
}

function fault(why) {
  return { type: 'fault', why };
}

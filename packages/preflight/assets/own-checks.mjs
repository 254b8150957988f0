// The process of the project's own checks, with a thread for each, so that none delays another or its messages.
// It leads a process group and ends with the process that started it, however that ends. It then ends what the checks have started.
import { Worker } from 'node:worker_threads';

const THREAD = new URL('./own-check.mjs', import.meta.url);
const threads = new Map();

process.on('message', ({ id, type, ...rest }) => {
  if (type === 'open') threads.set(id, opened(id, rest));
  else if (type === 'end') threads.get(id)?.terminate();
  else threads.get(id)?.postMessage({ type, ...rest });
});
process.on('disconnect', () => process.kill(0, 'SIGKILL')); // 0 is our own group, which we lead

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
  if (process.connected) process.send({ id, message }, () => {}); // nobody is told after the channel has closed
}

function fault(why) {
  return { type: 'fault', why };
}

// Plain BullMQ, beside which the latency of a fleet is measured. `node plain.mjs worker|add|wait URL [ID]`: a worker that starts the command
// of each job and keeps its output; a program that adds one job; a program that waits until that has ended.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';

const fromFleet = createRequire(new URL('../../packages/fleet/package.json', import.meta.url));
const { Queue, QueueEvents, Worker, createPostgresBackend, runMigrations } = fromFleet('bullmq');
const [, , role, url, id, ...command] = process.argv;
const NAME = 'plain';

if (role === 'worker') {
  if (url.startsWith('postgres')) await prepare();
  const processor = ({ data }) =>
    new Promise((resolve) => {
      const child = spawn(data.command[0], data.command.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });
      let out = '';
      child.stdout.on('data', (text) => (out += text));
      child.once('close', (code) => resolve({ code, out }));
    });
  const worker = new Worker(NAME, processor, { ...backend().options, concurrency: 2 }, ...backend().factory);
  await worker.waitUntilReady();
  console.log('ready');
} else if (role === 'add') {
  const queue = new Queue(NAME, backend().options, ...backend().factory);
  await queue.add('job', { command }, { jobId: id });
  process.exit();
} else {
  const { options, factory } = backend();
  const queue = new Queue(NAME, options, ...factory);
  const events = new QueueEvents(NAME, backend().options, ...factory);
  await events.waitUntilReady();
  console.log('ready');
  await (await queue.getJob(id)).waitUntilFinished(events);
  process.exit();
}

function backend() {
  if (!url.startsWith('postgres')) return { options: { connection: { url, maxRetriesPerRequest: null } }, factory: [] };
  return { options: { connection: pool() }, factory: [createPostgresBackend] };
}

function pool() {
  const pg = fromFleet('pg');
  const withPath = new URL(url);
  withPath.searchParams.set('options', '-c search_path=bullmq');
  return new pg.Pool({ connectionString: withPath.href, max: 3 });
}

async function prepare() {
  const own = pool();
  const client = await own.connect();
  await runMigrations(client, 'bullmq').catch(() => {}); // pm has done it already
  client.release();
  await own.end();
}

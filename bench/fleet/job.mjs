// `node job.mjs FOLDER STEP LASTS_MS STATUS`: writes down when it began, every 50 ms that it runs, and when it ended, into a file of this
// execution alone. The clock is that of the machine since its start, the same for all processes on it.
import { openSync, writeSync } from 'node:fs';

const [, , folder, step, lastsMs, status] = process.argv;
const { PM_RUN_ID: id = 'none', FLEET_HOST: host = 'none' } = process.env;
const now = () => Number(process.hrtime.bigint() / 1_000n) / 1_000;
const file = openSync(`${folder}/${step}.${host}.${process.pid}.${Math.round(now() * 1_000)}`, 'ax');
const note = (word) => writeSync(file, `${word} ${now()} ${Date.now()} ${id}\n`);
const endsAt = now() + Number(lastsMs);
note('begin');
setInterval(() => {
  if (now() < endsAt) return note('beat');
  note(`end-${status}`);
  process.exit(Number(status));
}, 50);

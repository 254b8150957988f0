// Listens on $PORT after $LATE_MS and writes to $BOUND_AT when, in ms since the epoch.
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

const server = createServer((_, answer) => answer.end('ok'));
setTimeout(() => {
  server.listen(Number(process.env.PORT), '127.0.0.1', () => {
    const ms = performance.timeOrigin + performance.now();
    writeFileSync(process.env.BOUND_AT, String(ms));
  });
}, Number(process.env.LATE_MS));

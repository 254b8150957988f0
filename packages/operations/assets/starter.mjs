// Starts a program as `pm start` does, and then waits to be killed: `node starter.mjs PROGRAM [ARG...]`. The program inherits its descriptors.
import { spawn } from 'node:child_process';

const [program, ...args] = process.argv.slice(2);
spawn(program, args, { stdio: 'inherit', detached: true });
setTimeout(() => {}, 20_000);

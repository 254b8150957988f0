// Starts a program as `pm start` does and stays, to be killed: `node starter.mjs PROGRAM [ARG...]`, its three descriptors passed on.
import { spawn } from 'node:child_process';

const [program, ...args] = process.argv.slice(2);
spawn(program, args, { stdio: 'inherit', detached: true });
setTimeout(() => {}, 20_000);

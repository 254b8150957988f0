#!/usr/bin/env node
// Listens on a free port of 127.0.0.1 until it is ended, and writes the port to the file that is named by its first argument.
import { renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

const [, , file, port = '0'] = process.argv;
const server = createServer((_, response) => response.end('ok'));
server.listen({ port: Number(port), host: '127.0.0.1' }, () => {
  writeFileSync(`${file}.new`, String(server.address().port));
  renameSync(`${file}.new`, file);
});

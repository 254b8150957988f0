// A proxy that lets the conformance suite use pm-mcp over HTTP: it adds the token, and maps three tools of the suite to tools of pm-mcp.
// Everything else passes through unchanged, so that Host, Origin and the other headers are tested as they are sent.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { text } from 'node:stream/consumers';

let runs = 0;
const STAND_INS = {
  greet: () => ({ name: 'ls_runs', arguments: {} }),
  slow_compute: ({ seconds = 1 }) => start(['sleep', String(seconds)]),
  failing_job: () => start(['sh', '-c', 'sleep 1; exit 1']),
};
const start = (command) => ({ name: 'start_run', arguments: { step: `suite-${++runs}`, command, wait: true } });

export async function serveForSuite(main, cwd) {
  const child = spawn(process.execPath, [main, '--http', '0'], { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
  const [, url, file] = await said(child, /(http:\S+) for requests with the token in (.+)/);
  const authorization = `Bearer ${readFileSync(file, 'utf8').trim()}`;
  const proxy = createServer(async (asked, answered) => {
    const { body, name } = replaced(await text(asked));
    const { 'content-length': _, 'mcp-name': named, ...headers } = asked.headers;
    const own = { ...headers, authorization, ...(named !== undefined && { 'mcp-name': name ?? named }) };
    const passed = request(new URL(asked.url, url), { method: asked.method, headers: own }, (answer) => {
      answered.writeHead(answer.statusCode, answer.headers);
      answer.pipe(answered);
    });
    passed.on('error', () => answered.destroy());
    answered.on('close', () => passed.destroy());
    passed.end(body);
  });
  await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${proxy.address().port}/mcp`,
    close() {
      proxy.close();
      proxy.closeAllConnections();
      child.kill();
    },
  };
}

function replaced(body) {
  try {
    const message = JSON.parse(body);
    const standIn = message.method === 'tools/call' && STAND_INS[message.params.name];
    if (!standIn) return { body };
    const { name, arguments: input } = standIn(message.params.arguments ?? {});
    return { body: JSON.stringify({ ...message, params: { ...message.params, name, arguments: input } }), name };
  } catch {
    return { body };
  }
}

function said(child, pattern) {
  return new Promise((resolve, reject) => {
    let heard = '';
    child.stderr.on('data', (bytes) => {
      heard += bytes;
      const match = pattern.exec(heard);
      if (match !== null) resolve(match);
    });
    child.once('exit', () => reject(new Error(heard)));
  });
}

// The servers that `run.mjs` starts: how each is started, and what pm has to say about it.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const HTTP = 'http:http://127.0.0.1:{port}/';

const HEAD = `
  import { createServer } from 'node:http';
  import cluster from 'node:cluster';
  import { spawn } from 'node:child_process';
  const port = Number(process.env.PORT);
  let status = 200;
  const server = createServer((_, answer) => { answer.statusCode = status; answer.end('ok'); });
  const listen = (host) => server.listen(port, host, () => console.log('listening on ' + host));
`;

/**
 * @typedef {object} Server
 * @property {string} name
 * @property {string[]} command
 * @property {string[]} ready
 * @property {'ready' | 'not-ready' | 'ended'} expected what `pm ensure` has to say
 * @property {string[]} [options]
 * @property {boolean} [mayLeave] a process leaves the run on purpose, and pm has to name it
 * @property {string} [absent] why it cannot be started here
 */

/** @returns {Server[]} */
export function servers(folder) {
  let files = 0;
  /** A server of a few lines: HEAD and then `body`. */
  const node = (body) => {
    const file = join(folder, `server-${files++}.mjs`);
    writeFileSync(file, `${HEAD}${body}\n`);
    return [process.execPath, file];
  };
  return [
    {
      name: 'node, binds after 2 s',
      command: node("setTimeout(() => listen('127.0.0.1'), 2_000);"),
      ready: ['tcp:{port}'],
      expected: 'ready',
    },
    {
      name: 'node, 503 for 2 s',
      command: node("status = 503; setTimeout(() => { status = 200; }, 2_000); listen('127.0.0.1');"),
      ready: [HTTP],
      expected: 'ready',
    },
    { name: 'node, IPv4 only', command: node("listen('127.0.0.1');"), ready: ['tcp:{port}'], expected: 'ready' },
    { name: 'node, IPv6 only', command: node("listen('::1');"), ready: ['tcp:{port}'], expected: 'ready' },
    {
      name: 'node, four workers',
      command: node("if (cluster.isPrimary) for (let i = 0; i < 4; i++) cluster.fork(); else listen('127.0.0.1');"),
      ready: [HTTP],
      expected: 'ready',
    },
    {
      name: 'node, ignores TERM',
      command: node("process.on('SIGTERM', () => {}); listen('127.0.0.1');"),
      ready: [HTTP],
      options: ['--grace', '1s'],
      expected: 'ready',
    },
    {
      name: 'node, dies after it was ready',
      command: node("listen('127.0.0.1'); setTimeout(() => process.exit(3), 3_000);"),
      ready: [HTTP],
      expected: 'ready',
    },
    {
      name: 'node, dies before it is ready',
      command: node("console.error('no database'); process.exit(4);"),
      ready: [HTTP],
      expected: 'ended',
    },
    {
      name: 'node, prints ready and is not',
      command: node("console.log('ready'); setInterval(() => {}, 1_000);"),
      ready: ['line:ready', 'tcp:{port}'],
      expected: 'not-ready',
    },
    {
      name: 'node, becomes a daemon',
      command: node(
        "const own = process.env.DAEMON === '1'; if (own) listen('127.0.0.1'); else { spawn(process.execPath, process.argv.slice(1), { detached: true, stdio: 'ignore', env: { ...process.env, DAEMON: '1' } }).unref(); }",
      ),
      ready: [HTTP],
      expected: 'ended',
      mayLeave: true,
    },
    {
      name: 'python -m http.server',
      ...program('python3', ['-m', 'http.server', '{port}', '--bind', '127.0.0.1']),
      ready: [HTTP],
      expected: 'ready',
    },
    {
      name: 'redis-server',
      ...program('redis-server', ['--port', '{port}', '--bind', '127.0.0.1', '--save', '']),
      ready: ['tcp:{port}'],
      expected: 'ready',
    },
    { name: 'vite', ...vite(join(folder, 'vite')), ready: [HTTP], expected: 'ready' },
    {
      name: 'next dev',
      ...next(join(folder, 'next')),
      ready: [HTTP],
      options: ['--ready-timeout', '3m'],
      expected: 'ready',
    },
  ];
}

function program(name, args) {
  const found = spawnSync('sh', ['-c', `command -v ${name}`]).status === 0;
  return { command: [name, ...args], ...(!found && { absent: `${name} is not installed` }) };
}

function vite(folder) {
  const absent = installed(folder, ['vite@8']);
  writeFileSync(join(folder, 'index.html'), '<p>hello</p>\n');
  return {
    cwd: folder,
    command: ['npx', 'vite', '--host', '127.0.0.1', '--strictPort', '--port', '{port}'],
    ...absent,
  };
}

function next(folder) {
  const absent = installed(folder, ['next@16', 'react@19', 'react-dom@19']);
  mkdirSync(join(folder, 'pages'), { recursive: true });
  writeFileSync(join(folder, 'pages', 'index.js'), 'export default () => "hello";\n');
  return { cwd: folder, command: ['npx', 'next', 'dev', '--hostname', '127.0.0.1', '--port', '{port}'], ...absent };
}

/** Installs packages from the registry that npm is set up with. */
function installed(folder, packages) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"private":true}\n');
  const { status, stderr } = spawnSync('npm', ['install', '--no-audit', '--no-fund', ...packages], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 300_000,
  });
  return status === 0 ? {} : { absent: `npm install failed: ${stderr.trim().split('\n')[0]}` };
}

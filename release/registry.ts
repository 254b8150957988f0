import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { until } from '@pm/testing';
import { ROOT } from '../test/repository.ts';

const TOOLS = join(ROOT, 'node_modules/.cache/registry');
const PROGRAM = join(TOOLS, 'node_modules/verdaccio/bin/verdaccio');
/** The last minor version for Node 20. Its node-fetch 2.6 prints a warning there. */
const MANIFEST = { private: true, dependencies: { verdaccio: '~6.8.0' }, overrides: { 'node-fetch': '2.7.0' } };

/** A registry on this machine that holds what is published to it, and passes everything else on to the configured one. */
export interface Registry {
  readonly url: string;
  /** What npm and pnpm need to use it. Nothing of the user's configuration is changed. */
  readonly env: Readonly<Record<string, string>>;
  stop(): void;
}

/**
 * Starts an empty registry on loopback.
 * @param folder where it keeps what is published
 * @throws if verdaccio cannot be installed or does not start
 */
export async function startRegistry(folder: string): Promise<Registry> {
  installProgram();
  const url = `http://127.0.0.1:${await freePort()}/`;
  const config = join(folder, 'registry.json');
  writeFileSync(config, JSON.stringify(configOf(folder)));
  const server = spawn(process.execPath, [PROGRAM, '--config', config, '--listen', url.slice('http://'.length, -1)], {
    stdio: 'ignore',
  });
  await until(() => hasStarted(server, url), `the registry on ${url} answers`);
  const userConfig = join(folder, 'npmrc');
  // npm publishes only with a token. This registry takes any.
  writeFileSync(userConfig, `registry=${url}\n//${new URL(url).host}/:_authToken=none\naudit=false\nfund=false\n`);
  return {
    url,
    env: { npm_config_userconfig: userConfig, npm_config_registry: url, npm_config_cache: join(folder, 'cache') },
    stop: () => void server.kill(),
  };
}

function configOf(folder: string): object {
  const open = { access: '$all', publish: '$all', unpublish: '$all' };
  return {
    storage: join(folder, 'storage'),
    uplinks: { configured: { url: said('npm', 'config', 'get', 'registry'), cache: false } },
    packages: { '@pm/*': open, '**': { ...open, proxy: 'configured' } },
    log: { type: 'file', path: join(folder, 'registry.log'), level: 'warn' },
    web: { enable: false },
  };
}

function installProgram(): void {
  if (existsSync(PROGRAM)) return;
  mkdirSync(TOOLS, { recursive: true });
  writeFileSync(join(TOOLS, 'package.json'), JSON.stringify(MANIFEST));
  const { status, stderr } = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: TOOLS,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`verdaccio cannot be installed (is there a network?)\n${stderr}`);
}

async function hasStarted(server: ChildProcess, url: string): Promise<boolean> {
  if (server.exitCode !== null) throw new Error(`the registry has ended with exit ${server.exitCode}`);
  return fetch(`${url}-/ping`).then(
    ({ ok }) => ok,
    () => false,
  );
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = Object(server.address()) as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function said(...[program = '', ...args]: string[]): string {
  return spawnSync(program, args, { encoding: 'utf8' }).stdout.trim();
}

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ask } from './ask.ts';
import { pageAssets } from './assets.ts';
import { type AdmittedRequest, admit } from './gate.ts';
import type { CarriedOperations, WebEnvironment } from './carrier.ts';
import { replyAsset, replyJson, replyMoved, replyNothing } from './reply.ts';
import { watchHub } from './watch-hub.ts';

export interface ServeOptions {
  /** 0: any free one. */
  readonly port: number;
  readonly key: string;
  readonly readOnly: boolean;
  /** The folder of the built page. */
  readonly page: string;
}

/** Serves the page on 127.0.0.1, once it listens. @throws the error of a port that is taken */
export async function serve(
  host: CarriedOperations,
  environment: WebEnvironment,
  { port, key, readOnly, page }: ServeOptions,
): Promise<{ readonly server: Server; readonly port: number }> {
  const assets = pageAssets(page);
  const hub = watchHub(host, environment);
  const route = async (
    { method, path, query }: AdmittedRequest,
    request: IncomingMessage,
    response: ServerResponse,
    signal: AbortSignal,
  ): Promise<void> => {
    const [what = '', name = '', ...more] = path.split('/');
    if (method === 'POST') {
      const isOperation = what === 'ask' && more.length === 0 && Object.hasOwn(host.operations, name);
      return isOperation ? ask(host, environment, name, request, response, signal) : replyNothing(response);
    }
    const asset = assets.get(path);
    if (asset !== undefined) return replyAsset(response, asset);
    if (path === 'events') return hub.join(response);
    if (path === 'settings') return replyJson(response, 200, { readOnly, program: environment.program });
    void query;
    replyNothing(response);
  };
  const server = createServer((request, response) => {
    const leaving = new AbortController();
    response.once('close', () => leaving.abort()); // who closes the page ends its wait, never a run
    response.on('error', () => {});
    const admitted = admit(request, key, (server.address() as AddressInfo).port);
    if (admitted === undefined) return replyNothing(response);
    if (admitted.path === '' && !request.url?.includes(`${key}/`)) return replyMoved(response, `/${key}/`);
    route(admitted, request, response, leaving.signal).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  return { server, port: (server.address() as AddressInfo).port };
}

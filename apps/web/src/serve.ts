import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { OperationName } from '@pm/operations';
import { asking } from './ask.ts';
import { pageAssets } from './assets.ts';
import type { CarriedOperations, WebEnvironment } from './carrier.ts';
import { faultOf } from './fault.ts';
import { type AdmittedRequest, admit, admitKeyless, type KeylessRequest } from './gate.ts';
import { logs } from './logs.ts';
import { proofOf } from './proof.ts';
import { directoryIn, numberIn } from './query.ts';
import { replyAsset, replyFault, replyJson, replyMoved, replyNothing, replyText } from './reply.ts';
import { watchHub } from './watch-hub.ts';

export interface ServeOptions {
  /** 0: any free one. */
  readonly port: number;
  readonly key: string;
  readonly readOnly: boolean;
  /** The folder of the built page. */
  readonly page: string;
}

type Answer = (query: URLSearchParams, response: ServerResponse, signal: AbortSignal) => unknown;

/** Serves the page on 127.0.0.1. @returns the server, once it listens @throws the error of a port that is taken */
export async function serve(
  host: CarriedOperations,
  environment: WebEnvironment,
  { port, key, readOnly, page }: ServeOptions,
): Promise<{ readonly server: Server; readonly port: number }> {
  const assets = pageAssets(page);
  const hub = watchHub(host, environment);
  const log = logs(host);
  const ask = asking(host, environment, readOnly);
  const answers: Readonly<Record<string, Answer>> = {
    events: (_query, response) => hub.join(response),
    settings: (_query, response) =>
      replyJson(response, 200, { readOnly, program: environment.program, home: environment.env['HOME'] }),
    log: log.window,
    find: log.find,
    timeline: async (query, response) => {
      const { timelineOf } = await host.history();
      replyJson(response, 200, await timelineOf(numberIn(query, 'sinceMs') ?? 0, environment));
    },
    history: async (query, response) => {
      const { historyOf } = await host.history();
      replyJson(response, 200, historyOf(directoryIn(query), query.get('step') ?? ''));
    },
  };
  const route = async (
    { method, path = '', query }: AdmittedRequest,
    request: IncomingMessage,
    response: ServerResponse,
    signal: AbortSignal,
  ): Promise<unknown> => {
    if (method === 'POST') {
      const [, name = ''] = /^ask\/(\w+)$/.exec(path) ?? [];
      if (!Object.hasOwn(host.operations, name)) return replyNothing(response);
      return ask(name as OperationName, request, response, signal);
    }
    const asset = assets.get(path);
    if (asset !== undefined) return replyAsset(response, asset);
    return Object.hasOwn(answers, path) ? answers[path]?.(query, response, signal) : replyNothing(response);
  };
  const replyKeyless = (asked: KeylessRequest, port: number, response: ServerResponse): void => {
    const icon = assets.get('icon.svg');
    if (asked !== 'icon') replyText(response, proofOf(key, port, asked.nonce));
    else if (icon === undefined) replyNothing(response);
    else replyAsset(response, icon);
  };
  const server = createServer((request, response) => {
    const leaving = new AbortController();
    response.once('close', () => leaving.abort()); // who closes the page ends its wait, never a run
    response.on('error', () => {});
    const { port } = server.address() as AddressInfo;
    const keyless = admitKeyless(request, port);
    if (keyless !== undefined) return replyKeyless(keyless, port, response);
    const admitted = admit(request, key, port);
    if (admitted === undefined) return replyNothing(response);
    if (admitted.path === undefined) return replyMoved(response, `/${key}/`);
    route(admitted, request, response, leaving.signal).catch((error: unknown) => {
      if (leaving.signal.aborted) return;
      if (response.headersSent) response.destroy();
      else replyFault(response, 400, faultOf(host, error));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  return { server, port: (server.address() as AddressInfo).port };
}

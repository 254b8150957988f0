import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** What decides whether a request is let in. */
interface Asking {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

/** A request that is let in: the rest of its path behind the key, and its query. The path is undefined without a slash behind the key. */
export interface AdmittedRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string | undefined;
  readonly query: URLSearchParams;
}

// Why: contributing/decisions/2026-11-29-who-sees-the-page.md
/**
 * Lets a request in that has the key and comes from the page itself. Pure.
 * @param port on which this server listens: a name that somebody has pointed to 127.0.0.1 is not the host of the page
 * @returns undefined for any other request. It is answered as if nothing were here.
 */
export function admit({ method, url = '', headers }: Asking, key: string, port: number): AdmittedRequest | undefined {
  if (!isOwnAddress(headers, port)) return undefined;
  if (method !== 'GET' && method !== 'POST') return undefined;
  const [, given = '', path] = /^\/([^/?#]*)(?:\/([^?#]*))?/.exec(url) ?? [];
  if (!isKey(given, key)) return undefined;
  const admitted = { method, path, query: new URLSearchParams(url.split('?')[1]) } as const;
  // A link of another page may open this page, for whoever has the key. It may not ask for anything else.
  return isOwnSite(headers) || (method === 'GET' && (path ?? '') === '') ? admitted : undefined;
}

/** What is answered without the key: a proof that the server has it, and the icon, which browsers ask for when they like. */
export type KeylessRequest = { readonly nonce: string } | 'icon';

/** The request, if it is one that needs no key and comes from the page itself. Pure. */
export function admitKeyless({ method, url = '', headers }: Asking, port: number): KeylessRequest | undefined {
  if (method !== 'GET' || !isOwnAddress(headers, port) || !isOwnSite(headers)) return undefined;
  if (url === '/icon.svg') return 'icon';
  const nonce = /^\/proof\/([0-9a-f]{32})$/.exec(url)?.[1];
  return nonce === undefined ? undefined : { nonce };
}

/** Not `localhost`: it may also be ::1, where another user may listen on the same port. */
function isOwnAddress({ host, origin }: IncomingHttpHeaders, port: number): boolean {
  const own = `127.0.0.1:${port}`;
  return host === own && (origin === undefined || origin === `http://${own}`);
}

function isOwnSite(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  return site === undefined || site === 'same-origin' || site === 'none';
}

/** The comparison takes constant time, so that its duration reveals nothing about the key. */
function isKey(given: string, key: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(key)];
  return a.length === b.length && timingSafeEqual(a, b);
}

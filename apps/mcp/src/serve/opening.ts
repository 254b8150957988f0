import { capabilitiesOf, INSTRUCTIONS, SERVER_INFO } from '../identity.ts';

/** The id of a request. */
export type RequestId = string | number;

/** An opening request that was answered: its id, and the response as one line. */
export interface Opening {
  readonly id: RequestId;
  readonly response: string;
}

const MODERN = '2026-07-28';
const LEGACY = new Set(['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05', '2024-10-07']);
const META = 'io.modelcontextprotocol/';

/**
 * The response to the first line of a client, without the SDK: the same as the SDK gives. Only a well-formed `server/discover` or
 * `initialize` is answered.
 * @returns undefined for any other line; the SDK answers that
 */
export function openingOf(line: string): Opening | undefined {
  const message = parsed(line);
  if (message?.['jsonrpc'] !== '2.0' || !hasOnly(message, ['jsonrpc', 'id', 'method', 'params'])) return undefined;
  const { id, method, params } = message;
  if ((typeof id !== 'string' && !Number.isSafeInteger(id)) || !isObject(params)) return undefined;
  const result =
    method === 'server/discover' ? discovered(params) : method === 'initialize' ? initialized(params) : undefined;
  if (result === undefined) return undefined;
  return { id: id as RequestId, response: `${JSON.stringify({ result, jsonrpc: '2.0', id })}\n` };
}

function discovered(params: Fields): object | undefined {
  const { _meta: meta } = params;
  if (!hasOnly(params, ['_meta']) || !isObject(meta)) return undefined;
  const {
    [`${META}protocolVersion`]: version,
    [`${META}clientInfo`]: client,
    [`${META}clientCapabilities`]: can,
  } = meta;
  const isPlain = meta['progressToken'] === undefined && meta[`${META}logLevel`] === undefined;
  if (!isPlain || version !== MODERN || (client !== undefined && !isClient(client)) || !areCapabilities(can))
    return undefined;
  return {
    supportedVersions: [MODERN],
    capabilities: capabilitiesOf('modern', true),
    instructions: INSTRUCTIONS,
    resultType: 'complete',
    ttlMs: 0,
    cacheScope: 'private',
    _meta: { [`${META}serverInfo`]: SERVER_INFO },
  };
}

function initialized(params: Fields): object | undefined {
  const { protocolVersion, capabilities, clientInfo } = params;
  if (!hasOnly(params, ['protocolVersion', 'capabilities', 'clientInfo'])) return undefined;
  if (!LEGACY.has(String(protocolVersion)) || !areCapabilities(capabilities) || !isClient(clientInfo)) return undefined;
  return {
    protocolVersion,
    capabilities: capabilitiesOf('legacy', true),
    serverInfo: SERVER_INFO,
    instructions: INSTRUCTIONS,
  };
}

type Fields = Readonly<Record<string, unknown>>;

function parsed(line: string): Fields | undefined {
  try {
    const message: unknown = JSON.parse(line);
    return isObject(message) ? message : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hasOnly(fields: Fields, names: readonly string[]): boolean {
  return Object.keys(fields).every((name) => names.includes(name));
}

/** A name and a version, and other texts. */
function isClient(value: unknown): boolean {
  if (!isObject(value) || typeof value['name'] !== 'string' || typeof value['version'] !== 'string') return false;
  return hasOnly(value, ['name', 'version', 'title', 'description']) && Object.values(value).every(isText);
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

/** Objects in objects, and two known flags. What an extension or an experiment declares is its own matter. */
function areCapabilities(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { extensions = {}, experimental = {}, ...known } = value;
  const isFree = (free: unknown): boolean => isObject(free) && Object.values(free).every(isObject);
  return isFree(extensions) && isFree(experimental) && Object.values(known).every(isTree);
}

function isTree(value: unknown): boolean {
  if (!isObject(value)) return false;
  return Object.entries(value).every(([name, inner]) =>
    name === 'listChanged' || name === 'applyDefaults' ? typeof inner === 'boolean' : isTree(inner),
  );
}

import { EngineError } from './engine-error.ts';

/** Where an engine is. */
export interface EngineAddress {
  readonly kind: 'redis' | 'postgres';
  /** With its password: for the client alone. */
  readonly url: string;
  /** Without its password: for people, records and errors. */
  readonly shown: string;
  /** What must never be shown: the password as it is in the URL, and as it is meant. */
  readonly secrets: readonly string[];
}

const KINDS: Readonly<Record<string, EngineAddress['kind']>> = {
  'redis:': 'redis',
  'rediss:': 'redis',
  'postgres:': 'postgres',
  'postgresql:': 'postgres',
};

const SECRET_PARAMETER = /^(?:ssl)?(?:password|passwd|pass)$/i;

/**
 * Reads the URL of an engine.
 * @param text `redis://…`, `rediss://…` (TLS), `postgres://…` or `postgresql://…`
 * @throws EngineError if it is none
 */
export function parseEngineUrl(text: string): EngineAddress {
  const url = urlOf(text);
  const kind = url === undefined ? undefined : KINDS[url.protocol];
  if (url === undefined || kind === undefined || url.hostname === '' || !canBeDecoded(url))
    throw new EngineError(
      'bad-url',
      `${withoutPassword(text)} is not the URL of an engine. Write redis://host:6379, rediss://host:6379 (TLS) or postgres://user@host:5432/database. Write special characters of a password as %XX.`,
    );
  const inQuery = [...url.searchParams].flatMap(([name, value]) => (SECRET_PARAMETER.test(name) ? [value] : []));
  const meant = [url.password, ...inQuery].flatMap((secret) => [secret, decoded(secret)]);
  return { kind, url: text, shown: withoutPassword(text), secrets: [...new Set(meant)].filter(Boolean) };
}

/** A URL without its password, for people, records and errors. A text that names no host behind `//` loses all that may be one. */
export function withoutPassword(text: string): string {
  const url = urlOf(text);
  if (url === undefined || url.hostname === '') return text.replace(/^([a-z]*:?\/+)?.*@/is, '$1').replace(/\?.*$/s, '');
  url.password = '';
  for (const name of [...url.searchParams.keys()]) if (SECRET_PARAMETER.test(name)) url.searchParams.delete(name);
  return url.href;
}

/** A text of others, without the secrets of an address. */
export function withoutSecrets(text: string, { secrets }: EngineAddress): string {
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, '…'), text);
}

function urlOf(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

/** The clients throw if a `%` of a user or a password is not followed by two digits. */
function canBeDecoded({ username, password }: URL): boolean {
  return [username, password].every((text) => !/%(?![\da-f]{2})/i.test(text));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

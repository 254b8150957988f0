import { isAbsolute } from 'node:path';

/** A whole number that is not negative; undefined for anything else. */
export function numberIn(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name) ?? '';
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** The directory that a request names. @throws an error of code `usage` if it names none */
export function directoryIn(query: URLSearchParams): string {
  const dir = query.get('dir') ?? '';
  if (isAbsolute(dir)) return dir;
  const next = 'Name the directory of the run by an absolute path.';
  throw Object.assign(new Error('dir: not an absolute path'), { code: 'usage', next });
}

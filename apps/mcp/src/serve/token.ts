import { timingSafeEqual } from 'node:crypto';

/** Whether a request has the token. The comparison takes constant time, so that its duration reveals nothing about the token. */
export function hasToken(request: Request, token: string): boolean {
  const given = Buffer.from(request.headers.get('authorization') ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

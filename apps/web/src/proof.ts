import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** A server that has not answered after so long is taken for another one, ms. */
const PATIENCE_MS = 5_000;

// Why: contributing/decisions/2026-11-29-who-sees-the-page.md
/**
 * Proves that the server on a port has the key, without the key. The port is part of it, so that nobody can fetch the proof from a server
 * on another port. The page computes the same in `page/state/server-proof.ts`. Pure.
 * @param nonce chosen by whoever asks, so that an old answer proves nothing
 */
export function proofOf(key: string, port: number, nonce: string): string {
  return createHmac('sha256', key).update(`pm web ${port} ${nonce}`).digest('hex');
}

/** Whether a server with this key listens on a port of 127.0.0.1. */
export async function isServed(port: number, key: string): Promise<boolean> {
  const nonce = randomBytes(16).toString('hex');
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const given = await fetch(`http://127.0.0.1:${port}/proof/${nonce}`, { signal, redirect: 'error' })
    .then((response) => response.text())
    .catch(() => ''); // it speaks no HTTP, or not at all
  const [a, b] = [Buffer.from(given), Buffer.from(proofOf(key, port, nonce))];
  return a.length === b.length && timingSafeEqual(a, b);
}

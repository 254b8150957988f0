/** How long a server may take to prove itself, ms. */
const PATIENCE_MS = 10_000;

// The page came from the server itself. As soon as a connection is lost, another program may listen there.
let isProven = true;
let proving: Promise<boolean> | undefined;

// Why: contributing/decisions/2026-11-29-who-sees-the-page.md
/**
 * Whether the server at this address has the key of the page. Everything that the page sends has the key in its address, so nothing is
 * sent before this holds: while pm web is away, a program of another user may listen on its port.
 */
export async function isOurServer(): Promise<boolean> {
  if (isProven) return true;
  proving ??= proven().finally(() => {
    proving = undefined;
  });
  isProven = await proving;
  return isProven;
}

/** A connection was lost, or none is open: before the next request the server has to prove itself again. */
export function doubtServer(): void {
  isProven = false;
}

/** Asks for the proof that `src/proof.ts` computes. */
async function proven(): Promise<boolean> {
  const nonce = hexOf(crypto.getRandomValues(new Uint8Array(16)));
  const { port, pathname } = location;
  const [, key = ''] = pathname.split('/');
  try {
    const response = await fetch(`/proof/${nonce}`, { redirect: 'error', signal: AbortSignal.timeout(PATIENCE_MS) });
    return (await response.text()) === (await proofOf(key, `pm web ${port} ${nonce}`));
  } catch {
    return false; // nobody answers
  }
}

async function proofOf(key: string, text: string): Promise<string> {
  const encoder = new TextEncoder();
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const secret = await crypto.subtle.importKey('raw', encoder.encode(key), algorithm, false, ['sign']);
  return hexOf(new Uint8Array(await crypto.subtle.sign(algorithm, secret, encoder.encode(text))));
}

function hexOf(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

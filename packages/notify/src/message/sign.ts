/**
 * The headers of Standard Webhooks (https://www.standardwebhooks.com): the id of the delivery, the time of this try in seconds, and the
 * signature, which is HMAC-SHA256 over `<id>.<timestamp>.<body>` in base64. A secret `whsec_…` is the key in base64, any other text is
 * the key itself.
 */
export function signedHeaders(id: string, atMs: number, body: string, secret?: string): Record<string, string> {
  const timestamp = String(Math.floor(atMs / 1000));
  const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp };
  if (secret === undefined) return headers;
  // Loaded with the first webhook: most residents deliver nothing.
  const { createHmac } = process.getBuiltinModule('node:crypto');
  const signature = createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { ...headers, 'webhook-signature': `v1,${signature}` };
}

function keyOf(secret: string): Buffer {
  const [, encoded] = /^whsec_(.+)$/s.exec(secret) ?? [];
  return encoded === undefined ? Buffer.from(secret, 'utf8') : Buffer.from(encoded, 'base64');
}

/** How one try to deliver went. `why` never has an address, a secret, or text of a receiver. */
export type DeliveryResult =
  | { readonly kind: 'delivered' }
  | {
      readonly kind: 'failed';
      readonly why: string;
      /** The receiver asked for this pause, ms. */
      readonly retryAfterMs?: number;
      /** No later try can succeed. */
      readonly isFinal?: true;
    };

/** A try that failed for this reason. */
export function failed(why: string, isFinal = false): DeliveryResult {
  return { kind: 'failed', why, ...(isFinal && { isFinal }) };
}

/** The code of an error, such as `ECONNREFUSED`. Its message may have an address, so it is not used. */
export function codeOf(error: unknown): string {
  const { code, name } = Object(error) as { code?: unknown; name?: unknown };
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,60}$/.test(code) ? code : String(name ?? 'Error').slice(0, 40);
}

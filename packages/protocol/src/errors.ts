/** What went wrong, as one stable word per kind. Test by code, never by `instanceof`. */
export type PmErrorCode =
  | 'usage'
  | 'directory-unusable'
  | 'no-such-step'
  | 'already-running'
  | 'cannot-execute'
  | 'not-found'
  | 'still-finishing'
  | 'records-gone'
  | 'out-of-bounds'
  | 'not-supported';

/** A broken contract: a sentence that says what and where, and the next step to take. */
export class PmError extends Error {
  override readonly name = 'PmError';
  readonly code: PmErrorCode;
  readonly next: string;

  constructor(code: PmErrorCode, message: string, next: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.next = next;
  }
}

/** What went wrong, as one stable word. Test for the code, never with `instanceof`. */
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
  | 'not-supported'
  | 'engine-unavailable';

/** An error for the caller: the message says what is wrong and where, `next` what to do about it. */
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

/** Where a reader of a log has got to: in which run's, and before which byte. */
export interface Cursor {
  readonly id: string;
  readonly byte: number;
}

/** A cursor as one opaque word. */
export function encodeCursor({ id, byte }: Cursor): string {
  return Buffer.from(`${id}:${byte}`, 'latin1').toString('base64url');
}

/** The cursor in a word of ours; undefined for any other. */
export function decodeCursor(word: string): Cursor | undefined {
  const [, id, byte] = /^([\w-]{1,64}):(\d{1,15})$/.exec(Buffer.from(word, 'base64url').toString('latin1')) ?? [];
  return id === undefined ? undefined : { id, byte: Number(byte) };
}

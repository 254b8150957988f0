/** A piece of an output: bytes of it, or the words of a mark (`begin pm 1.0.0`, `end 0`). */
export type OutputPiece = Buffer | string;

/** Splits one output into its pieces. What may be the beginning of a mark is held back until the next piece decides. */
export type MarkReader = (bytes: Buffer) => OutputPiece[];

/** Finds the marks in an output: `<token> <words>` and a line feed, wherever in a line. */
export function markReader(token: string): MarkReader {
  const start = Buffer.from(`${token} `);
  let held: Buffer = Buffer.alloc(0);
  return (bytes) => {
    held = Buffer.concat([held, bytes]);
    const pieces: OutputPiece[] = [];
    for (;;) {
      const at = held.indexOf(start);
      const end = at < 0 ? -1 : held.indexOf('\n', at);
      const safe = at < 0 ? held.length - overlap(held, start) : at;
      if (safe > 0) pieces.push(held.subarray(0, safe));
      if (end < 0) {
        held = held.subarray(safe);
        return pieces;
      }
      pieces.push(held.toString('utf8', at + start.length, end));
      held = held.subarray(end + 1);
    }
  };
}

/** How many bytes at the end could be the beginning of a mark. */
function overlap(bytes: Buffer, start: Buffer): number {
  for (let length = Math.min(start.length - 1, bytes.length); length > 0; length--)
    if (bytes.subarray(bytes.length - length).equals(start.subarray(0, length))) return length;
  return 0;
}

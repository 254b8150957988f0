/** How many bytes at the beginning belong to a character that began before. */
export function continuationIn(bytes: Uint8Array): number {
  let first = 0;
  while (first < Math.min(bytes.length, 3) && isContinuation(bytes[first])) first += 1;
  return first;
}

/** How many bytes at the end are the beginning of a character. Those that can never become one are not counted. */
export function begunIn(bytes: Uint8Array): number {
  const start = bytes.findLastIndex((byte) => !isContinuation(byte));
  if (start < 0) return 0;
  const last = bytes.subarray(start);
  // A decoder that expects more says nothing of a beginning, and marks what cannot be one.
  const isBegun = new TextDecoder('utf-8', { ignoreBOM: true }).decode(last, { stream: true }) === '';
  return isBegun ? last.length : 0;
}

function isContinuation(byte = 0): boolean {
  return (byte & 0xc0) === 0x80;
}

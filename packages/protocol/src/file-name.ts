/** Leaves room for what a writer adds, below the 255 bytes of most file systems. */
const MAX_LENGTH = 200;

/**
 * Any text as the name of one file: no slash, no dot, never empty for a text that is not, and different for different texts even where
 * file systems fold upper and lower case. Readable as far as it can be; a text that would be too long keeps its beginning and gets a hash.
 */
export function fileNameOf(text: string): string {
  const bytes = [...new TextEncoder().encode(text)];
  const name = bytes.map(spelled).join('');
  // `==` is in no other name: what stands for a byte has two digits after its sign.
  return name.length <= MAX_LENGTH ? name : `${name.slice(0, MAX_LENGTH - 18)}==${fnv1a(bytes)}`;
}

function spelled(byte: number): string {
  const char = String.fromCharCode(byte);
  return /[a-z0-9-]/.test(char) ? char : `=${byte.toString(16).padStart(2, '0')}`;
}

/** FNV-1a in 64 bits: node:crypto is not for pure files, and costs a short-lived process 2 ms. */
function fnv1a(bytes: readonly number[]): string {
  const hash = bytes.reduce(
    (sum, byte) => ((sum ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn,
    0xcbf29ce484222325n,
  );
  return hash.toString(16).padStart(16, '0');
}

/** Most file systems allow 255 bytes. The rest is for what a writer adds. */
const MAX_LENGTH = 200;

/**
 * Any text as the name of one file, without a slash or a dot. Different texts have different names, also on file systems that ignore
 * the case of letters. A text that would be too long keeps its beginning and gets a hash.
 */
export function fileNameOf(text: string): string {
  const bytes = [...new TextEncoder().encode(text)];
  const name = bytes.map(spelled).join('');
  // `==` is in no other name, because two digits follow the `=` of an encoded byte.
  return name.length <= MAX_LENGTH ? name : `${name.slice(0, MAX_LENGTH - 18)}==${fnv1a(bytes)}`;
}

function spelled(byte: number): string {
  const char = String.fromCharCode(byte);
  return /[a-z0-9-]/.test(char) ? char : `=${byte.toString(16).padStart(2, '0')}`;
}

/** FNV-1a in 64 bits. node:crypto would cost a short-lived process 2 ms, and pure files may not import it. */
function fnv1a(bytes: readonly number[]): string {
  const hash = bytes.reduce(
    (sum, byte) => ((sum ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn,
    0xcbf29ce484222325n,
  );
  return hash.toString(16).padStart(16, '0');
}

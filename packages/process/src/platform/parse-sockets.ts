/** A socket of /proc/net/tcp or tcp6 that listens. */
export interface SocketLine {
  readonly address: string;
  readonly user: number;
  readonly inode: string;
}

/**
 * The sockets that listen on a port, from the text of `/proc/net/tcp` or `tcp6` (proc(5)): state 0A, the port in
 * hexadecimal, the address as words of 32 bits in the byte order of the machine.
 */
export function parseSockets(table: string, port: number, order: 'LE' | 'BE' = 'LE'): SocketLine[] {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return table.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , user, , inode] = line.trim().split(/\s+/);
    if (state !== '0A' || !local.endsWith(wanted) || inode === undefined) return [];
    const address = addressIn(local.slice(0, -wanted.length), order);
    return address === undefined ? [] : [{ address, user: Number(user), inode }];
  });
}

/** Every socket that listens, from the same text: its port. */
export function parsePorts(table: string): { readonly port: number; readonly inode: string }[] {
  return table.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
    const port = Number.parseInt(/:([\dA-F]{4})$/.exec(local)?.[1] ?? '', 16);
    return state === '0A' && inode !== undefined && port > 0 ? [{ port, inode }] : [];
  });
}

function addressIn(hex: string, order: 'LE' | 'BE'): string | undefined {
  if (!/^(?:[\dA-F]{8}|[\dA-F]{32})$/.test(hex)) return undefined;
  const words = hex.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) => {
    const octets = (word.match(/../g) ?? []).map((octet) => Number.parseInt(octet, 16));
    return order === 'LE' ? octets.reverse() : octets;
  });
  return bytes.length === 4 ? bytes.join('.') : ipv6(bytes);
}

function ipv6(bytes: readonly number[]): string {
  if (bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255)
    return `::ffff:${bytes.slice(12).join('.')}`;
  const groups = Array.from({ length: 8 }, (_, i) =>
    ((bytes[2 * i] ?? 0) * 256 + (bytes[2 * i + 1] ?? 0)).toString(16),
  );
  // The longest run of zero groups is written as `::` (RFC 5952), by the URL parser.
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

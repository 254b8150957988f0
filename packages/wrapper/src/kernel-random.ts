import { closeSync, openSync, readSync } from 'node:fs';

/** Ten random bytes straight from the kernel: loading node:crypto or Web Crypto for them would cost a start 2 ms. */
export function kernelRandom(): Uint8Array {
  const bytes = new Uint8Array(10);
  const fd = openSync('/dev/urandom', 'r');
  try {
    readSync(fd, bytes);
  } finally {
    closeSync(fd);
  }
  return bytes;
}

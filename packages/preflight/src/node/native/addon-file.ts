import { readFileSync } from 'node:fs';

/** What the file of a native addon tells of itself. */
export interface AddonFile {
  /** The system it was compiled for, as in `process.platform`; undefined if it is no program of a known form. */
  readonly os: string | undefined;
  /** The processor it was compiled for, as in `process.arch`; undefined if it is for several, or an unknown one. */
  readonly cpu: string | undefined;
  /** The NODE_MODULE_VERSION it was compiled for; undefined if it is for every Node.js (Node-API), or does not tell. */
  readonly abi: number | undefined;
  /** It uses Node-API, which is the same in every version of Node.js. */
  readonly isStable: boolean;
}

const ELF: Readonly<Record<number, string>> = { 3: 'ia32', 40: 'arm', 62: 'x64', 183: 'arm64' };
const MACH: Readonly<Record<number, string>> = { 16777223: 'x64', 16777228: 'arm64' };

/** Reads the head of the file, and the name of the function by which Node.js enters it, which has the version in it. */
export function readAddon(path: string): AddonFile {
  const bytes = readFileSync(path);
  const [, abi] = /node_register_module_v(\d{2,4})/.exec(nameIn(bytes, 'node_register_module_v')) ?? [];
  const isStable = bytes.includes('napi_register_module_v1') || bytes.includes('napi_module_register');
  return { ...machineOf(bytes), abi: abi === undefined ? undefined : Number(abi), isStable };
}

function machineOf(bytes: Buffer): Pick<AddonFile, 'os' | 'cpu'> {
  if (bytes.length < 64) return { os: undefined, cpu: undefined };
  const magic = bytes.readUInt32BE(0);
  if (magic === 0x7f454c46) return { os: 'linux', cpu: ELF[bytes.readUInt16LE(18)] };
  if (magic === 0xcffaedfe) return { os: 'darwin', cpu: MACH[bytes.readUInt32LE(4)] };
  if (magic === 0xcafebabe) return { os: 'darwin', cpu: undefined };
  return { os: bytes.toString('latin1', 0, 2) === 'MZ' ? 'win32' : undefined, cpu: undefined };
}

function nameIn(bytes: Buffer, start: string): string {
  const at = bytes.indexOf(start);
  return at < 0 ? '' : bytes.toString('latin1', at, at + start.length + 8);
}

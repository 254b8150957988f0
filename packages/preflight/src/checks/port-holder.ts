import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

/** The process that listens on a TCP port: `python3 -m http.server (pid 4242)`. Undefined if it is unknown: only Linux tells, and only of processes of the same user. */
export function holderOf(port: number): string | undefined {
  const sockets = ['tcp', 'tcp6'].flatMap((family) => listenersOf(read(`/proc/net/${family}`), port));
  const links = new Set(sockets.map((inode) => `socket:[${inode}]`));
  if (links.size === 0) return undefined;
  const pid = list('/proc')
    .filter((name) => /^\d+$/.test(name))
    .find((name) => list(`/proc/${name}/fd`).some((fd) => links.has(link(`/proc/${name}/fd/${fd}`))));
  if (pid === undefined) return undefined;
  const command = commandIn(read(`/proc/${pid}/cmdline`)) || read(`/proc/${pid}/comm`).trim();
  return `${command.slice(0, 80)} (pid ${pid})`;
}

/** Only the file name of a program is kept, so that a long path does not hide its arguments. Some programs write a title there. */
function commandIn(cmdline: string): string {
  const [program = '', ...args] = cmdline.split('\0');
  return [program.startsWith('/') ? basename(program) : program, ...args].join(' ').trim();
}

/** The inodes of the sockets that listen on a port, from `/proc/net/tcp` (proc(5)): state 0A, the port in hexadecimal. Pure. */
export function listenersOf(table: string, port: number): string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  return table.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
    return state === '0A' && local.endsWith(`:${wanted}`) && inode !== undefined ? [inode] : [];
  });
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // it has ended, or belongs to another user
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

/** A listening socket as lsof(8) tells it. */
interface LsofSocket {
  readonly address: string;
  readonly user: number | undefined;
  readonly pids: readonly number[];
}

/**
 * Reads `lsof -F pun`: a line `p` for each process, `u` its user, then `n` for each socket: `127.0.0.1:3000`, `[::1]:3000`,
 * `*:3000`. Unproven: tested on the format that lsof(8) documents.
 */
export function parseLsof(text: string): LsofSocket[] {
  const sockets = new Map<string, { address: string; user: number | undefined; pids: number[] }>();
  let pid = 0;
  let user: number | undefined;
  for (const line of text.split('\n')) {
    const value = line.slice(1);
    if (line.startsWith('p')) [pid, user] = [Number(value), undefined];
    if (line.startsWith('u')) user = Number(value);
    const name = line.startsWith('n') ? /^(?:\[(.*)\]|(.*)):\d+$/.exec(value) : null;
    if (name === null || !(pid > 0)) continue; // also of NaN
    const address = (name[1] ?? name[2] ?? '').replace(/^\*$/, '::');
    const known = sockets.get(address);
    if (known === undefined) sockets.set(address, { address, user, pids: [pid] });
    else if (!known.pids.includes(pid)) known.pids.push(pid);
  }
  return [...sockets.values()];
}

/** The ports in the lines `n` of the same text. */
export function parseLsofPorts(text: string): number[] {
  return [...text.matchAll(/^n.*:(\d+)$/gm)].map(([, port]) => Number(port));
}

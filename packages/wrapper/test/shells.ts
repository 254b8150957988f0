import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll } from 'vitest';

const links = mkdtempSync(join(tmpdir(), 'pm-shells-'));
afterAll(() => {
  rmSync(links, { recursive: true });
});

/** The shells, and the program of each that is installed. /bin/sh is most likely one of the first two. */
export const SHELLS: readonly (readonly [name: string, path: string | undefined])[] = [
  ['dash', found('dash')],
  ['bash', found('bash')],
  ['bash as sh', linked('sh', found('bash'))],
  ['busybox ash', linked('ash', found('busybox'))],
  ['mksh', found('mksh')],
  ['ksh93', found('ksh93')],
];

function found(program: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
}

/** A link to a program that behaves as the shell by whose name it is called. */
function linked(name: string, target: string | undefined): string | undefined {
  if (target === undefined) return undefined;
  symlinkSync(target, join(links, name));
  return join(links, name);
}

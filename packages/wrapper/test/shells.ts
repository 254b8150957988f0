import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { LONG } from '@pm/testing';
import { afterAll } from 'vitest';

const links = mkdtempSync(join(tmpdir(), 'pm-shells-'));
afterAll(() => {
  rmSync(links, { recursive: true });
});

/** /bin/sh is most likely one of these. */
const COMMON = ['dash', 'bash'];

/** The shells: the title of their tests, which names the reason of a skip, their program, and whether they are skipped. */
export const SHELLS: readonly (readonly [title: string, path: string, isSkipped: boolean])[] = [
  ['dash', found('dash')] as const,
  ['bash', found('bash')] as const,
  ['bash as sh', linked('sh', found('bash'))] as const,
  ['busybox ash', linked('ash', found('busybox'))] as const,
  ['mksh', found('mksh')] as const,
  ['ksh93', found('ksh93')] as const,
].map(([name, path]) => {
  const reason = path === undefined ? 'not installed' : LONG || COMMON.includes(name) ? undefined : 'npm run test:long';
  return [reason === undefined ? `under ${name}` : `under ${name} (${reason})`, path ?? '', reason !== undefined];
});

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

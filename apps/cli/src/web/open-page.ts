import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';

// Why: contributing/decisions/2026-11-29-who-sees-the-page.md
/**
 * Opens an address in the browser of the user. Other users can read the command line of a program, so the address is not there: the
 * browser is given a file that no other user can read, and that leads on.
 * @returns removes the file
 */
export function openPage(address: string, file: string): () => void {
  const remove = (): void => rmSync(file, { force: true });
  remove();
  writeFileSync(file, `<!doctype html><meta http-equiv="refresh" content="0; url=${address}">\n`, {
    flag: 'wx',
    mode: 0o600,
  });
  const program = process.platform === 'darwin' ? 'open' : 'xdg-open';
  const opening = spawn(program, [file], { detached: true, stdio: 'ignore' });
  opening.on('error', () => {}); // there is none; the address was printed
  opening.unref();
  return remove;
}

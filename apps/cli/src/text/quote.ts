/** A word as a POSIX shell has to be given it. */
export function quote(word: string): string {
  if (/^[A-Za-z0-9_/:.,@%+=-][A-Za-z0-9_/:.,@%+=~-]*$/.test(word)) return word;
  return `'${word.replaceAll("'", "'\\''")}'`;
}

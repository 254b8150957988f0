/** A word quoted for a POSIX shell, if it needs quotes. */
export function quote(word: string): string {
  if (/^[A-Za-z0-9_/:.,@%+=-][A-Za-z0-9_/:.,@%+=~-]*$/.test(word)) return word;
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** A word as a POSIX shell has to be given it. */
export function quote(word: string): string {
  if (/^[A-Za-z0-9_/:.,@%+=-][A-Za-z0-9_/:.,@%+=~-]*$/.test(word)) return word;
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** A field's name as a flag spells it: quietAfter -> quiet-after. */
export function kebab(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

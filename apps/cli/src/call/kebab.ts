/** A field's name as a flag spells it: quietAfter -> quiet-after. */
export function kebab(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

export { quote } from '@pm/operations';

/** The name of a field as an option spells it: quietAfter -> quiet-after. */
export function kebab(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

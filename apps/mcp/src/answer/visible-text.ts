import { plainText } from '@pm/operations';

/** A text without control characters and without anything that a person who reads along could not see. */
export function visibleText(text: string): string {
  return plainText(text, { invisible: 'remove' });
}

/** The same for every text in a JSON value, names of fields included. */
export function visibleValue(value: unknown): unknown {
  if (typeof value === 'string') return visibleText(value);
  if (Array.isArray(value)) return value.map(visibleValue);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [visibleText(name), visibleValue(inner)]));
}

import { plainText } from '@pm/operations';

/** A job's text, safe for a terminal. Each carriage return of a progress bar becomes a newline, so that nothing is hidden. */
export function plain(text: string): string {
  return plainText(text);
}

/** The same text on one line. */
export function oneLine(text: string): string {
  return plain(text).replace(/\s+/g, ' ').trim();
}

/** An answer as one line of JSON. C1 characters are escaped too, because some terminals obey them and JSON.stringify does not escape them. */
export function jsonLine(answer: unknown): string {
  const escaped = JSON.stringify(answer).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `${escaped}\n`;
}

/** An answer as one line of JSON. C1 bytes are escaped too: some terminals obey them, and JSON itself lets them pass. */
export function jsonLine(answer: unknown): string {
  const escaped = JSON.stringify(answer).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `${escaped}\n`;
}

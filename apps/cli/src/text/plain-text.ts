// What a job writes is not to be trusted with a terminal: it could clear it, retitle it, or answer for it.
// biome-ignore-start lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
/** CSI, then OSC/DCS/APC/PM/SOS strings with their end, then two-character sequences; with ESC or as C1 bytes. */
const SEQUENCES =
  /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)|\x1b[ -/]*[0-~]/g;
/** Everything of C0 and C1 but newline and tab, and the marks that reverse the direction of what follows. */
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
// biome-ignore-end lint/suspicious/noControlCharactersInRegex: as above

/** Text without escape sequences and control characters. A progress bar's returns become new lines: nothing is hidden. */
export function plain(text: string): string {
  return text
    .replace(SEQUENCES, '')
    .replace(/\r+\n|\r+/g, '\n')
    .replace(CONTROLS, '');
}

/** The same on one line. */
export function oneLine(text: string): string {
  return plain(text).replace(/\s+/g, ' ').trim();
}

/** An answer as one line of JSON. C1 bytes are escaped too: some terminals obey them, and JSON itself lets them pass. */
export function jsonLine(answer: unknown): string {
  const escaped = JSON.stringify(answer).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `${escaped}\n`;
}

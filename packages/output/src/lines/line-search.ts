import { openTerminal } from '../terminal/terminal.ts';
import { cutAround } from './cut-middle.ts';

/** A very long line loses its middle, so that it does not fill the memory: the text to find is short. */
const LONGEST_LINE = 65_536;

/** How much of the line is shown, in bytes. */
const SHOWN_BYTES = 240;

/** Looks for a text in output that arrives in pieces. */
export interface LineSearch {
  /**
   * Adds a piece of output, which may begin or end inside of a character or an escape sequence.
   * @returns the first line with the text, as it is shown: of a long line, the part around the text. Undefined as long as there is none
   */
  readonly write: (bytes: Uint8Array) => string | undefined;
}

/**
 * Finds the first line that contains `text`, as a terminal shows it: escape sequences in and before the text do not hide it. A version of
 * a line that was written over is found too, and so is a line without its newline.
 * Plain text, not a pattern: a pattern that backtracks would block whoever waits, so that it misses the end.
 */
export function openLineSearch(text: string): LineSearch {
  const decoder = new TextDecoder();
  let found: string | undefined;
  const look = (line: string): void => {
    if (found === undefined && line.includes(text))
      found = cutAround(line, line.indexOf(text), SHOWN_BYTES + Buffer.byteLength(text)).trim();
  };
  const terminal = openTerminal({ longestLine: LONGEST_LINE, onReplaced: look });
  return {
    write: (bytes) => {
      if (found !== undefined) return found;
      terminal.write(decoder.decode(bytes, { stream: true }));
      for (const line of [...terminal.takeClosed(), ...terminal.open()]) look(line.text);
      return found;
    },
  };
}

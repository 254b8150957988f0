// Every name here is public API (test/surface.test.ts lists them).

export { cutAround, cutMiddle } from './lines/cut-middle.ts';
export {
  type DecisiveExcerpt,
  type DecisiveOptions,
  decisiveExcerpt,
  decisiveLines,
  namesAnError,
} from './lines/decisive-lines.ts';
export { failureIn } from './lines/headlines.ts';
export { type LineSearch, openLineSearch } from './lines/line-search.ts';
export { type MaskedStatus, maskedStatus } from './notes/masked-status.ts';
export { unansweredQuestion } from './notes/question.ts';
export { unexpandedWord } from './notes/unexpanded.ts';
export { wordToGoOn } from './notes/watch-command.ts';
export { type PlainTextOptions, plainText } from './plain-text.ts';
export type { TerminalLine, TerminalOptions } from './terminal/screen.ts';
export { type StyledLine, type StyledPiece, styledLine } from './terminal/styled-line.ts';
export { openTerminal, renderTerminal, type Terminal } from './terminal/terminal.ts';
export { PLAIN, type TerminalColour, type TextStyle } from './terminal/text-style.ts';

// Every name here is public API (test/surface.test.ts lists them).

export { type PlainTextOptions, plainText } from './plain-text.ts';
export type { TerminalLine, TerminalOptions } from './terminal/screen.ts';
export { openTerminal, renderTerminal, type Terminal } from './terminal/terminal.ts';

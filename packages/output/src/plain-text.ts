// A job's output must not control the terminal that shows it: it could clear the screen, change the title or hide text.
import { TOKEN, UNSEEN } from './terminal/escapes.ts';

/** What only joins other characters, and cannot be seen alone either. */
const JOINERS = /[\u200c\u200d]/g;
/** Line ends that JSON does not escape and some readers obey. */
const UNUSUAL_LINE_ENDS = /[\u0085\u2028\u2029]/g;
/** The marks that change the direction of the text after them: they could hide what a sentence says. */
const DIRECTIONS = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

export interface PlainTextOptions {
  /** Whether to remove invisible characters too, because the reader is a model: a person beside it would not see them. Default: no. */
  readonly invisible?: 'keep' | 'remove';
}

/**
 * A text without escape sequences and without control characters other than tab and newline. Nothing is written over: a carriage return
 * becomes a newline. For sentences that quote a job; a log is read with `renderTerminal`.
 */
export function plainText(text: string, { invisible = 'keep' }: PlainTextOptions = {}): string {
  const lines =
    invisible === 'remove'
      ? text.replace(UNUSUAL_LINE_ENDS, '\n').replace(UNSEEN, '').replace(JOINERS, '')
      : text.replace(DIRECTIONS, '');
  return lines
    .replaceAll('\r\n', '\n')
    .replace(TOKEN, (token) => (token === '\r' || token === '\n' ? '\n' : /[\u2028\u2029]/.test(token) ? token : ''));
}

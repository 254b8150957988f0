import { PmError } from '@pm/protocol';
import { getNodeValue, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import { textOf } from './byte-text.ts';

/** A file of a host as text with one character for each byte (latin1), so that all other bytes stay as they are. */
export interface JsonFile {
  readonly file: string;
  readonly text: string;
  /** The host reads comments and trailing commas in it. */
  readonly isLenient: boolean;
}

/** What jsonc-parser says, in words. */
const FAULTS: Readonly<Record<string, string>> = {
  InvalidSymbol: 'a word that is not in quotes is not true, false or null',
  InvalidNumberFormat: 'a number is not complete',
  PropertyNameExpected: 'a name in double quotes is expected, or a comma is too many',
  ValueExpected: 'a value is missing, or a comma is too many',
  ColonExpected: 'a colon is missing',
  CommaExpected: 'a comma or a closing bracket is missing',
  CloseBraceExpected: 'a closing } is missing',
  CloseBracketExpected: 'a closing ] is missing',
  EndOfFileExpected: 'something follows after its end',
  InvalidCommentToken: 'its program does not read comments',
  UnexpectedEndOfComment: 'a comment has no end',
  UnexpectedEndOfString: 'a text in quotes has no end',
  UnexpectedEndOfNumber: 'a number is not complete',
  InvalidUnicode: 'four hexadecimal digits must follow \\u',
  InvalidEscapeCharacter: 'a backslash is followed by a character that it cannot escape',
  InvalidCharacter: 'a character is not allowed here',
};

/**
 * The root object of a file, with the places of everything in it.
 * @throws PmError `usage` with line and column if the host could not read the file, or if it is no object
 */
export function rootOf(json: JsonFile): Node {
  const { text, isLenient } = json;
  const faults: ParseError[] = [];
  const bom = text.startsWith('\u00ef\u00bb\u00bf') ? 3 : 0;
  // Spaces instead of the mark: every offset stays right.
  const root = parseTree(' '.repeat(bom) + text.slice(bom), faults, {
    allowTrailingComma: isLenient,
    disallowComments: !isLenient,
  });
  const [fault] = faults;
  if (fault !== undefined)
    throw unfit(
      json,
      `it is not valid JSON: ${FAULTS[printParseErrorCode(fault.error)] ?? 'it cannot be read'} (line ${lineAt(text, fault.offset)}, column ${columnAt(text, fault.offset)})`,
    );
  if (root?.type !== 'object') throw unfit(json, 'it is not a JSON object');
  return root;
}

/** The error for a file that cannot be changed. */
export function unfit({ file }: JsonFile, why: string): PmError {
  return new PmError(
    'usage',
    `${file} cannot be changed: ${why}. Nothing was written.`,
    'Correct the file, then make the same call again.',
  );
}

/** @throws PmError `usage` if an object has the property twice: programs differ in which one they take */
export function propertyOf(json: JsonFile, { children = [] }: Node, key: string): Node | undefined {
  const [found, again] = children.filter(({ children: [name] = [] }) => name?.value === key);
  if (again !== undefined)
    throw unfit(json, `it has "${key}" twice, the second time in line ${lineAt(json.text, again.offset)}`);
  return found;
}

/** The value of a property, as the host reads it. */
export function valueIn({ children: [, value] = [] }: Node): unknown {
  return value === undefined ? undefined : JSON.parse(textOf(JSON.stringify(getNodeValue(value))));
}

/** From 1. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

/** In characters, as an editor counts. */
function columnAt(text: string, offset: number): number {
  return [...textOf(text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset))].length + 1;
}

/** Nothing but white space, and perhaps a byte order mark. */
export function isBlank(text: string): boolean {
  return /^(?:\u00ef\u00bb\u00bf)?[ \t\r\n]*$/.test(text);
}

import type { Node } from 'jsonc-parser';
import { bytesOf } from './byte-text.ts';
import { isBlank, type JsonFile, lineAt, propertyOf, rootOf, unfit, valueIn } from './json-tree.ts';

/** Where an entry is: its key, and before it the key of the object that has it, if that is not the root. */
export type EntryPath = readonly [key: string] | readonly [parent: string, key: string];

/** The value at a path, and its line from 1; undefined if there is none. */
export function entryAt(
  json: JsonFile,
  path: EntryPath,
): { readonly value: unknown; readonly line: number } | undefined {
  const [parent, property] = propertiesAt(json, path).slice(-2);
  const entry = path.length === 1 ? (property ?? parent) : property;
  if (entry === undefined) return undefined;
  return { value: valueIn(entry), line: lineAt(json.text, entry.offset) };
}

/** The text of a new file with this entry alone, and what the host wants at its root, such as `$schema`. */
export function newFile(path: EntryPath, value: unknown, root: object = {}): string {
  const [first, second] = path;
  return `${bytesOf(JSON.stringify({ ...root, [first]: second === undefined ? value : { [second]: value } }, null, 2))}\n`;
}

// Why: contributing/decisions/2026-11-29-files-of-hosts.md
/**
 * The text with one entry more. Nothing else in it changes: the entry is one piece of text at the beginning of its object, where no comment
 * of another entry and no trailing comma is in the way. In an object without entries it is on one line, so that `withoutEntry` can tell
 * whether the object is ours. A file with white space alone counts as an empty object: what a new file would have comes behind it.
 * @param atRoot what else a new file gets
 * @throws PmError `usage` if the text is not JSON, or has something else where an object must be
 */
export function withEntry(json: JsonFile, path: EntryPath, value: unknown, atRoot: object = {}): string {
  if (isBlank(json.text)) return `${json.text}\n${newFile(path, value, atRoot)}`;
  const root = rootOf(json);
  const [first, second] = path;
  const parent = second === undefined ? undefined : propertyOf(json, root, first);
  const container = parent?.children?.[1] ?? root;
  if (container.type !== 'object')
    throw unfit(json, `"${first}" in line ${lineAt(json.text, container.offset)} is not an object`);
  const isNested = second !== undefined && parent === undefined;
  const key = second === undefined || isNested ? first : second;
  return inserted(json.text, container, key, isNested ? { [second]: value } : value, unitOf(json.text, root));
}

/** What is left without the entry: `gone` if the file was made for it, `edited` if its text is not what `withEntry` or `newFile` writes. */
export function withoutEntry(
  json: JsonFile,
  path: EntryPath,
  atRoot: object = {},
): { readonly text: string } | 'gone' | 'edited' {
  const properties = propertiesAt(json, path);
  const entry = properties.at(-1);
  if (properties.length < path.length || entry === undefined) return { text: json.text };
  const value = valueIn(entry);
  if (json.text === newFile(path, value, atRoot)) return 'gone';
  const blank = json.text.slice(0, -newFile(path, value, atRoot).length - 1);
  const cut = [...properties].reverse().map((property) => textWithout(json.text, property));
  const text = [blank, ...cut].find((candidate) => isWrittenInto(candidate, json, path, value, atRoot));
  return text === undefined ? 'edited' : { text };
}

function isWrittenInto(candidate: string, json: JsonFile, path: EntryPath, value: unknown, atRoot: object): boolean {
  try {
    return withEntry({ ...json, text: candidate }, path, value, atRoot) === json.text;
  } catch {
    return false;
  }
}

/** Puts a property behind the opening brace of an object, or behind the comment on the line of that brace. */
function inserted(
  text: string,
  { offset, length, children = [] }: Node,
  key: string,
  value: unknown,
  unit: string,
): string {
  const inside = text.slice(offset + 1, offset + length - 1);
  const [first] = children;
  const line = first && /^[ \t]*(?:\/\/[^\n]*?|\/\*(?:(?!\*\/)[^\n])*\*\/[ \t]*)?(?=\r?\n)/.exec(inside)?.[0];
  const at = offset + 1 + (line ?? '').length;
  const eol = /\r?\n/.exec(text)?.[0] ?? '\n';
  const isOnLines = first !== undefined && line !== undefined;
  const indent = isOnLines ? indentAt(text, first.offset) : '';
  const json = JSON.stringify(value, null, isOnLines ? unit : undefined).replaceAll('\n', eol + indent);
  const property = bytesOf(`${JSON.stringify(key)}: ${json}`);
  const end = first === undefined ? '' : ','; // nothing else, so that `{}` and `{ }` stay different
  return text.slice(0, at) + (isOnLines ? eol + indent : ' ') + property + end + text.slice(at);
}

/** The text without a property, as far as `inserted` may have written it. */
function textWithout(text: string, { offset, length }: Node): string {
  return text.slice(0, offset).replace(/(?:\r?\n[ \t]*| )$/, '') + text.slice(offset + length).replace(/^,/, '');
}

/** The properties on the way to the entry, as far as there are any. */
function propertiesAt(json: JsonFile, path: EntryPath): Node[] {
  if (isBlank(json.text)) return [];
  const properties: Node[] = [];
  let object: Node | undefined = rootOf(json);
  for (const key of path) {
    const property: Node | undefined = object?.type === 'object' ? propertyOf(json, object, key) : undefined;
    if (property === undefined) break;
    properties.push(property);
    object = property.children?.[1];
  }
  return properties;
}

/** The white space that one level of a text is indented by. */
function unitOf(text: string, { children: [first] = [] }: Node): string {
  const indent = first === undefined ? '' : indentAt(text, first.offset);
  return indent === '' ? '  ' : indent;
}

function indentAt(text: string, offset: number): string {
  const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset);
  return /^[ \t]*/.exec(line)?.[0] ?? '';
}

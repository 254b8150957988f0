/** A piece of text as it is shown. `isMark`: it stands for a character that is not shown as it is. */
export interface VisiblePart {
  readonly text: string;
  readonly isMark: boolean;
}

// Marks that change the direction of text can make a line read as another one (CVE-2021-42574). They are shown as what they are.
const DIRECTION = '\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069';
/** Control characters but the tab, marks of direction, and separators that a browser may take for a line break. */
const HIDDEN = new RegExp(`[\u0000-\u0008\u000a-\u001f\u007f-\u009f${DIRECTION}\u2028\u2029\ufeff]`, 'g');

/** Splits a text into what is shown as it is, and marks such as `U+202E` for characters that would change how the rest is shown. */
export function visibleParts(text: string): VisiblePart[] {
  const parts: VisiblePart[] = [];
  let from = 0;
  for (const { 0: character, index } of text.matchAll(HIDDEN)) {
    if (index > from) parts.push({ text: text.slice(from, index), isMark: false });
    parts.push({ text: nameOf(character), isMark: true });
    from = index + character.length;
  }
  if (from < text.length) parts.push({ text: text.slice(from), isMark: false });
  return parts;
}

/** A text for places that cannot mark a part of it, such as the title of the page. */
export function visibleText(text: string): string {
  return visibleParts(text)
    .map((part) => part.text)
    .join('');
}

function nameOf(character: string): string {
  return `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}

// What a job prints reaches a model. Operations have taken the control characters out; what is left here cannot be seen by
// the person who reads along: zero-width marks, direction marks, the tag characters that spell text nobody sees.
const UNSEEN = /[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;
/** Line ends that JSON lets pass and some readers obey. */
const LINE_ENDS = /[\u0085\u2028\u2029]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Text without what its reader could not see. */
export function visibleText(text: string): string {
  return text.replace(LINE_ENDS, '\n').replace(CONTROLS, '').replace(UNSEEN, '');
}

/** The same of every text in a value, names of fields included. */
export function visibleValue(value: unknown): unknown {
  if (typeof value === 'string') return visibleText(value);
  if (Array.isArray(value)) return value.map(visibleValue);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [visibleText(name), visibleValue(inner)]));
}

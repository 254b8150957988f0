/** The longest text in an answer that quotes somebody else, in bytes. */
export const TEXT_BYTES = 2_000;
/** The longest list of words that quotes somebody else, in characters. */
export const LIST_BYTES = 4_000;

/** Fields that are what was asked for, and paths, which are useless in part. */
export const WHOLE: ReadonlySet<string> = new Set([
  'text',
  'script',
  'content',
  'result',
  'tail',
  'content',
  'file',
  'logFile',
  'dir',
  'cwd',
  'input',
]);

/** Whether a value of an answer, or a part of it, may be longer than answers are. It is asked of every answer, so it costs nothing. */
export function isTooLong(value: unknown, name = ''): boolean {
  if (typeof value === 'string') return value.length * 3 > TEXT_BYTES && !WHOLE.has(name);
  if (value === null || typeof value !== 'object') return false;
  if (Array.isArray(value)) {
    let characters = 0;
    for (const item of value) {
      if (isTooLong(item, name === 'next' ? '' : name)) return true;
      characters += typeof item === 'string' ? item.length : name === 'next' ? lengthOf(item) : 0;
    }
    return characters > LIST_BYTES / 2;
  }
  return Object.entries(value).some(([key, inner]) => isTooLong(inner, key));
}

/** The length of the texts in the input of a proposed call. */
function lengthOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (value === null || typeof value !== 'object') return 0;
  return Object.values(value).reduce<number>((sum, inner) => sum + lengthOf(inner), 0);
}

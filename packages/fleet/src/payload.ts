/**
 * What submitters and holders tell each other. PostgreSQL refuses JSON with a NUL or half a character in it, which the output of a
 * program may have: such a value travels as its text.
 */
export function pack(value: unknown): unknown {
  const text = JSON.stringify(value) ?? 'null';
  return REFUSED.test(text) || isText(value) ? { json: text } : value;
}

/** What `pack` was given. */
export function unpack(value: unknown): unknown {
  if (!isText(value)) return value;
  try {
    return JSON.parse(value.json);
  } catch {
    return value;
  }
}

const REFUSED = /\\u(?:0000|d[89a-f])/i;

function isText(value: unknown): value is { readonly json: string } {
  return typeof Object(value).json === 'string' && Object.keys(Object(value)).length === 1;
}

// biome-ignore-start lint/suspicious/noControlCharactersInRegex: control characters are what these patterns look for
/** The longest string of a title, a link or an image. What is longer is shown as text: it must not hide the rest of a log. */
const LONGEST_STRING = 16_384;

const STRING = `(?:\\x1b[\\]PX^_]|[\\x90\\x98\\x9d-\\x9f])[^\\x07\\x1b\\x90\\x98\\x9c-\\x9f]{0,${LONGEST_STRING}}`;

/**
 * What is not text, by ECMA-48. The groups: the parameters and the final letter of a CSI sequence; the letter of a two-character sequence;
 * a control character. OSC, DCS, APC, PM and SOS strings have no group. A string ends at the next introducer too, so that a text full of
 * unfinished strings takes linear time.
 */
export const TOKEN = new RegExp(
  [
    '(?:\\x1b\\[|\\x9b)([0-?]*)[ -/]*([@-~])',
    `${STRING}(?:\\x07|\\x1b\\\\|\\x9c)`,
    '\\x1b[ -/]*([0-~])',
    '([\\x00-\\x08\\x0a-\\x1f\\x7f-\\x9f\\u2028\\u2029])',
  ].join('|'),
  'g',
);

const CUT = '(?:\\x1b\\[|\\x9b)[0-?]{0,64}[ -/]{0,8}|\\x1b[ -/]{0,8}';

/** The beginning of a sequence at the end of a text. A string is none: what is never ended must not hide what follows. */
export const CUT_SEQUENCE = new RegExp(`(?:${CUT})$`);

/** A sequence, or a line end, that may go on in the next piece of a log. */
export const UNFINISHED = new RegExp(`(?:${STRING}\\x1b?|${CUT}|\\r)$`);

/** Any control character but tab and newline. A text without one can be shown as it is. */
export const CONTROL = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]/;
/** Colours and other looks of text. They move nothing. */
export const LOOKS = /\x1b\[[0-?]*m/g;
// biome-ignore-end lint/suspicious/noControlCharactersInRegex: as above

/**
 * Characters that a person cannot see: soft hyphens, zero-width spaces, marks of direction, and the tag characters, which can spell a
 * hidden text. The two joiners stay: Persian words and many emoji need them.
 */
export const UNSEEN =
  /[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

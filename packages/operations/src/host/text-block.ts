import { createHash } from 'node:crypto';

/** How comments are written in a file. */
export type Comments = 'markdown' | 'toml';

/** `edited`: somebody has changed our block, so it stays as it is. */
export type BlockChange = 'added' | 'renewed' | 'removed' | 'none' | 'edited';

/** A text with our block in it or out of it, and what has changed. Without a text, nothing is left of a file that was made for the block. */
export interface Blocked {
  readonly text: string | undefined;
  readonly change: BlockChange;
}

const FORMS = {
  markdown: {
    begin: '<!-- pm:begin',
    close: ' -->',
    end: (digest: string) => `<!-- pm:end ${digest} -->`,
    block: /<!-- pm:begin[^\n]*-->\r?\n([\s\S]*?)<!-- pm:end ([0-9a-f]{12}) -->(?:\r?\n)?/,
  },
  toml: {
    begin: '# pm:begin',
    close: '',
    end: (digest: string) => `# pm:end ${digest}`,
    block: /# pm:begin[^\n]*\r?\n([\s\S]*?)# pm:end ([0-9a-f]{12})(?:\r?\n)?/,
  },
};

const SAID = 'written by pm; if you change this block, pm keeps your version and no longer updates it';

// Why: contributing/decisions/2026-11-29-files-of-hosts.md
/**
 * Puts lines into a text as one block: at its end, or in place of an older block. The block carries a hash of what we wrote, so that a line
 * that somebody has added or changed is never replaced. It uses the line ends of the file; different line ends alone are no change.
 * @param existing one character for each byte (latin1), like the lines; undefined if there is no file
 * @param lines whole lines, each with a line feed
 */
export function withBlock(existing: string | undefined, lines: string, comments: Comments): Blocked {
  const { begin, close, end, block: form } = FORMS[comments];
  const text = existing ?? '';
  const eol = /\r?\n/.exec(text)?.[0] ?? '\n';
  const block = `${begin}: ${SAID}${close}\n${lines}${end(digestOf(lines))}\n`.replaceAll('\n', eol);
  const found = form.exec(text);
  if (found === null) {
    if (text.includes(begin)) return { text: existing, change: 'edited' };
    if (existing === undefined) return { text: block, change: 'added' };
    // A text without a line end keeps none, so that `withoutBlock` knows what was there.
    if (text !== '' && !text.endsWith('\n')) return { text: text + eol + eol + block.trimEnd(), change: 'added' };
    return { text: text + eol + block, change: 'added' };
  }
  const [whole, body = '', digest] = found;
  if (digestOf(body) !== digest) return { text: existing, change: 'edited' };
  if (linesOf(whole) === linesOf(block)) return { text: existing, change: 'none' };
  const after = text.slice(found.index + whole.trimEnd().length);
  return { text: text.slice(0, found.index) + block.trimEnd() + after, change: 'renewed' };
}

/** Takes the block out again. The text is then what it was before the block came. */
export function withoutBlock(existing: string | undefined, comments: Comments): Blocked {
  const { begin, block: form } = FORMS[comments];
  const text = existing ?? '';
  const found = form.exec(text);
  if (found === null) return { text: existing, change: text.includes(begin) ? 'edited' : 'none' };
  const [whole, body = '', digest] = found;
  if (digestOf(body) !== digest) return { text: existing, change: 'edited' };
  if (whole === text) return { text: undefined, change: 'removed' };
  const gap = whole.endsWith('\n') ? /(^|\n)\r?\n$/ : /()\r?\n\r?\n$/;
  const before = text.slice(0, found.index).replace(gap, '$1');
  return { text: before + text.slice(found.index + whole.length), change: 'removed' };
}

function linesOf(text: string): string {
  return text.replaceAll('\r\n', '\n').trimEnd();
}

/** The hash does not depend on line ends, because a checkout may change them. */
function digestOf(text: string): string {
  return createHash('sha256').update(text.replaceAll('\r\n', '\n'), 'latin1').digest('hex').slice(0, 12);
}

/** Why the block stays as it is, for an answer. */
export function whyKept(change: BlockChange, remove: boolean): { why?: string } {
  if (change === 'edited')
    return {
      why: `somebody has changed the block of pm in it; remove the block by hand${remove ? '' : ' to get a new one'}`,
    };
  return change === 'none' && !remove ? { why: 'it has these lines already' } : {};
}

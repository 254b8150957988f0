import { createHash } from 'node:crypto';

/** Coding agents, and the file of a project that each of them reads at its start. */
export const HOSTS = {
  claude: 'CLAUDE.md',
  codex: 'AGENTS.md',
  copilot: '.github/copilot-instructions.md',
  cursor: 'AGENTS.md',
  gemini: 'GEMINI.md',
  opencode: 'AGENTS.md',
} as const;
export type Host = keyof typeof HOSTS;

/** The file with our block in it, and what has changed. `edited`: somebody has changed our block, so it stays as it is. */
export interface Guided {
  readonly text: string;
  readonly change: 'added' | 'renewed' | 'none' | 'edited';
}

const BLOCK = /<!-- pm:begin[^\n]*-->\r?\n([\s\S]*?)<!-- pm:end ([0-9a-f]{12}) -->(?:\r?\n)?/;

/**
 * Puts the instructions into the text of a file as one block: at its end, or in place of an older block.
 * The block carries a hash of what we wrote, so that a line that somebody has added or changed is never replaced. It uses the line ends
 * of the file; different line ends alone are no change.
 * @param existing one character for each byte (latin1), like the instructions
 */
export function withGuidance(existing: string, guidance: string): Guided {
  const eol = /\r?\n/.exec(existing)?.[0] ?? '\n';
  const lines = `<!-- pm:begin: written by pm init --host; if you change this block, pm keeps your version and no longer updates it -->\n${guidance}<!-- pm:end ${digestOf(guidance)} -->\n`;
  const block = lines.replaceAll('\n', eol);
  const found = BLOCK.exec(existing);
  if (found === null) {
    if (existing.includes('<!-- pm:begin')) return { text: existing, change: 'edited' };
    const gap = existing === '' ? '' : existing.endsWith('\n') ? eol : eol + eol;
    return { text: `${existing}${gap}${block}`, change: 'added' };
  }
  const [whole, body = '', digest] = found;
  if (digestOf(body) !== digest) return { text: existing, change: 'edited' };
  if (linesOf(whole) === linesOf(block)) return { text: existing, change: 'none' };
  const text = existing.slice(0, found.index) + block + existing.slice(found.index + whole.length);
  return { text, change: 'renewed' };
}

function linesOf(text: string): string {
  return text.replaceAll('\r\n', '\n').trimEnd();
}

/** The hash does not depend on line ends, because a checkout may change them. */
function digestOf(text: string): string {
  return createHash('sha256').update(text.replaceAll('\r\n', '\n'), 'latin1').digest('hex').slice(0, 12);
}

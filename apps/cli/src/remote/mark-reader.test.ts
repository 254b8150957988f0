import { expect, test } from 'vitest';
import { markReader, type OutputPiece } from './mark-reader.ts';

const TOKEN = '@pm-0123';
const OUTPUT = `noise${TOKEN} begin pm 1\nout @pm-012 @pm-0123- ${TOKEN}x\n@${TOKEN} end 7\nlater @pm-0`;

test('finds the marks wherever the output is cut', () => {
  const bytes = Buffer.from(OUTPUT);
  for (let size = 1; size <= bytes.length; size++) {
    const pieces = markReader(TOKEN);
    const found: OutputPiece[] = [];
    for (let at = 0; at < bytes.length; at += size) found.push(...pieces(bytes.subarray(at, at + size)));
    // What may be the beginning of a mark stays held.
    expect(joined(found)).toEqual(['noise', '<begin pm 1>', `out @pm-012 @pm-0123- ${TOKEN}x\n@`, '<end 7>', 'later ']);
  }
});

function joined(pieces: readonly OutputPiece[]): string[] {
  const texts: string[] = [];
  let isOpen = false;
  for (const piece of pieces) {
    if (typeof piece === 'string') texts.push(`<${piece}>`);
    else if (isOpen) texts.push(`${texts.pop()}${piece}`);
    else texts.push(String(piece));
    isOpen = typeof piece !== 'string';
  }
  return texts;
}

const WIDTH = 80;

/** Two columns, the second one wrapped. A first cell that is longer than `first` gets a line of its own. */
export function columns(rows: readonly (readonly [string, string])[], first: number): string[] {
  const indent = ' '.repeat(first + 4);
  return rows.flatMap(([name, text]) => {
    const lines = wrap(text, WIDTH - indent.length);
    const [head = '', ...rest] = name.length > first ? ['', ...lines] : lines;
    return [`  ${name.padEnd(first)}  ${head}`.trimEnd(), ...rest.map((line) => indent + line)];
  });
}

/** Lines of at most `width` characters, broken at spaces. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line === '') lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}

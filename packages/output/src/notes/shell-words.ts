/** One command of a script: its words as they are written, and the operator behind it. */
export interface ShellCommand {
  readonly words: readonly string[];
  /** `( … )` or `{ …; }`: the script inside. */
  readonly inside?: string;
  /** `|`, `||`, `&&`, `;`, `&`, a newline; empty behind the last one. */
  readonly operator: string;
}

const COMPOUND = /^(?:if|for|while|until|case|select|function|\[\[|coproc)$/;
const OPERATORS = /^(?:\|\||&&|\|&|;;|[|;&\n])/;
const QUOTED = /^(?:'[^']*'|"(?:[^"\\]|\\[\s\S])*"|`(?:[^`\\]|\\[\s\S])*`|\\[\s\S])/;

/**
 * The commands of a short shell script, with their operators. It knows quotes, redirections, comments, substitutions and groups.
 * @returns undefined for a script that it does not understand: loops, conditions, functions, here-documents, quotes that do not end
 */
export function commandsIn(script: string): ShellCommand[] | undefined {
  const commands: ShellCommand[] = [];
  let words: string[] = [];
  let word = '';
  let inside: string | undefined;
  const endWord = (): void => {
    if (word !== '') words.push(word);
    word = '';
  };
  for (let at = 0; at < script.length; ) {
    const rest = script.slice(at, at + MOST_CHARACTERS);
    const quoted = QUOTED.exec(rest)?.[0];
    const operator = isRedirection(script, at) ? undefined : OPERATORS.exec(rest)?.[0];
    const letter = rest[0] ?? '';
    if (quoted !== undefined) {
      word += quoted;
      at += quoted.length;
    } else if (/['"`]/.test(letter) || rest.startsWith('<<') || operator === ';;') {
      return undefined;
    } else if (rest.startsWith('$(') || rest.startsWith('${')) {
      const end = endOfGroup(script, at + 1);
      if (end === undefined) return undefined;
      word += script.slice(at, end);
      at = end;
    } else if (letter === '#' && word === '') {
      at = script.indexOf('\n', at) < 0 ? script.length : script.indexOf('\n', at);
    } else if ((letter === '(' || (letter === '{' && /^\{\s/.test(rest))) && word === '') {
      const end = endOfGroup(script, at);
      if (end === undefined || words.length > 0) return undefined;
      inside = script.slice(at + 1, end - 1);
      at = end;
    } else if (letter === '(' || letter === ')') {
      return undefined; // a function, or a group that does not begin
    } else if (operator !== undefined) {
      endWord();
      commands.push({ words, operator, ...(inside !== undefined && { inside }) });
      words = [];
      inside = undefined;
      at += operator.length;
    } else {
      if (/\s/.test(letter)) endWord();
      else word += letter;
      at += 1;
    }
  }
  endWord();
  commands.push({ words, operator: '', ...(inside !== undefined && { inside }) });
  const whole = commands.filter((command) => command.words.length > 0 || command.inside !== undefined);
  return whole.some((command) => COMPOUND.test(command.words[0] ?? '')) ? undefined : whole;
}

/** What is looked at from one place on: a quoted text that is longer is not understood. */
const MOST_CHARACTERS = 4_096;

/** `2>&1`, `&>file`, `>|file`: no operators. */
function isRedirection(script: string, at: number): boolean {
  const before = script[at - 1] ?? '';
  const letter = script[at] ?? '';
  return (letter === '&' && (/[<>]/.test(before) || script[at + 1] === '>')) || (letter === '|' && before === '>');
}

/** The place behind the bracket that closes the one at `from`; undefined if none does. */
function endOfGroup(script: string, from: number): number | undefined {
  const [open, close] = script[from] === '(' ? ['(', ')'] : ['{', '}'];
  let depth = 0;
  for (let at = from; at < script.length; ) {
    const quoted = QUOTED.exec(script.slice(at, at + MOST_CHARACTERS))?.[0];
    if (quoted !== undefined) {
      at += quoted.length;
      continue;
    }
    if (script[at] === open) depth += 1;
    if (script[at] === close) depth -= 1;
    at += 1;
    if (depth === 0) return at;
  }
  return undefined;
}

import { cutMiddle } from '../lines/cut-middle.ts';

const SHOWN_BYTES = 120;
/** How many lines of choices below a question are looked through. */
const MOST_CHOICES = 14;

/** `[Y/n]`, `(yes/no)`, `([y]/n)`, `(y|N)`, `(yes/no/[fingerprint])`, and what a program prints when nobody has answered. */
const YES_OR_NO =
  /[[(]\[?(?:y|yes|n|no)\]?(?:[/|,]\[?[a-z?]+\]?){1,6}[\])]\s*[:?›>»…·-]*\s*(?:abort(?:ed|ing)?\.?|cancell?ed\.?|\^[CD])?\s*$/i;
/** `Is this OK? (yes)`, `Ok to proceed? (y)`, `Overwrite? [no]` */
const WITH_DEFAULT = /\?\s*[[(](?:y|yes|n|no)[\])]\s*[:›>]?\s*$/i;
/** `Password:`, `Enter passphrase for key '/x':`, `Username for 'https://…':` */
const SECRET = /^.{0,80}\b(?:password|passphrase|passcode|otp|username|login)\b.{0,120}:\s*$/i;
const PRESS_A_KEY = /\b(?:press|hit) (?:any key|\[?(?:enter|return)\]?|ctrl\S*|a key)\b.{0,60}$/i;
/** A question of inquirer, prompts or clack, not yet answered: those that were begin with a check mark or an empty lozenge. */
const PROMPT = /^\s*(?:\[\?\]|[?◆])\s+\S/;
const CHOICE = /^\s*(?:[❯›>●○◯◉▸▪◻◼│└┃*]|\[[ x]\]|\d+[).] |\s|$)/;

/** The same without a newline behind it: the cursor stays where the answer is expected. */
const OPEN_QUESTION = /\?\s*(?:\([^()]{0,80}\)|\[[^[\]]{0,80}\])?\s*[:›>»❯]?\s*$/;
const OPEN_FIELD = /^[\w ./'"-]{1,60}:\s*(?:\([^()]{0,80}\)|\[[^[\]]{0,80}\])\s*:?\s*$/;
const OPEN_ORDER =
  /^\W{0,6}(?:please )?(?:enter|type|input|choose|select|pick|provide|specify|confirm|continue|proceed|overwrite|your (?:choice|answer))\b.{0,160}[:>›]\s*$/i;

/** An interactive program that found no command: `mysql> `, `>>> `, `irb(main):001:0> `, `(gdb) `, `postgres=# `. */
const OPEN_PROMPT = /^(?:[\w.@:()[\]*-]{0,60}(?:>{1,3}|=[>#])|\((?:gdb|Pdb|lldb|rdb:\d+|byebug)\)) $/;

/**
 * The question that an output ends with and that nobody has answered; undefined if it ends with something else. A question that every
 * program could print (`Did it work?`) counts only without a newline behind it.
 * @param text the end of an output, as a terminal shows it
 */
export function unansweredQuestion(text: string): string | undefined {
  const isOpen = !/\n\s*$/.test(text);
  const lines = text.trimEnd().split('\n');
  const last = (lines.at(-1) ?? '').trimEnd();
  const isPrompt = isOpen && OPEN_PROMPT.test(text.slice(text.lastIndexOf('\n') + 1));
  const isQuestion =
    isPrompt ||
    [YES_OR_NO, WITH_DEFAULT, SECRET, PRESS_A_KEY, PROMPT].some((pattern) => pattern.test(last)) ||
    (isOpen && [OPEN_QUESTION, OPEN_FIELD, OPEN_ORDER].some((pattern) => pattern.test(last)));
  const question = isQuestion ? last : promptAbove(lines);
  return question === undefined ? undefined : cutMiddle(question.trim(), SHOWN_BYTES);
}

/** The question of a list: only its choices follow. */
function promptAbove(lines: readonly string[]): string | undefined {
  for (const line of lines.slice(-MOST_CHOICES).reverse()) {
    if (PROMPT.test(line)) return line;
    if (!CHOICE.test(line)) return undefined;
  }
  return undefined;
}

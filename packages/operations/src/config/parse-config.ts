import { Config } from './config.ts';
import { configFault, faultOfIssue } from './config-fault.ts';
import { policyOf } from './policy-of.ts';

// Why: contributing/decisions/2026-11-23-unknown-keys-of-the-configuration.md
/**
 * A configuration from the text of its file, its durations and sizes parsed.
 * @param file its path, for what is said about it
 * @throws PmError `usage` if it is not JSON, has unknown keys, or has options that do not fit together
 */
export function parseConfig(file: string, text: string): Config {
  const given = jsonOf(file, text.replace(/^\uFEFF/, ''));
  const parsed = Config.safeParse(given);
  if (!parsed.success) {
    const { issues } = parsed.error;
    // An unknown key first: it is often the misspelt name of the key that is missing.
    const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
    throw issue === undefined
      ? configFault(file, '', 'is not valid', 'Correct the file.')
      : faultOfIssue(file, issue, given);
  }
  const { defaults, steps = {} } = parsed.data;
  checkPolicy(file, 'defaults', { ...defaults });
  for (const [step, own] of Object.entries(steps)) checkPolicy(file, `steps.${step}`, { ...defaults, ...own });
  return parsed.data;
}

function jsonOf(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const message =
      error instanceof Error ? error.message.replace(/ in JSON at position.*$|, (?:\.{3})?".*$/s, '') : String(error);
    const where = lineOf(text, error);
    throw configFault(
      file,
      '',
      `is not JSON: ${message}${where}`,
      'Correct the file. JSON has no comments and no trailing commas.',
    );
  }
}

/** ` (line 3, column 7)`, if Node says at which character it gave up. */
function lineOf(text: string, error: unknown): string {
  const [, position] = /at position (\d+)/.exec(String(error)) ?? [];
  if (position === undefined) return '';
  const lines = text.slice(0, Number(position)).split('\n');
  return ` (line ${lines.length}, column ${(lines.at(-1) ?? '').length + 1})`;
}

function checkPolicy(file: string, place: string, options: Parameters<typeof policyOf>[0]): void {
  try {
    policyOf(options);
  } catch (error) {
    const why = inKeys(error instanceof Error ? error.message.replace(/\.$/, '') : String(error));
    throw configFault(file, `${place}:`, why, 'Correct the file. pm help start lists the options and their defaults.');
  }
}

/** `--log-cap` is the key `logCap` in the file. */
function inKeys(sentence: string): string {
  return sentence.replace(/--([a-z]+(?:-[a-z]+)*)/g, (_, option: string) =>
    option.replace(/-([a-z])/g, (_dash, letter: string) => letter.toUpperCase()),
  );
}

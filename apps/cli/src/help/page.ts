import { descriptions, type OperationName, operations } from '@pm/operations';
import { VERBS } from '../call/verbs.ts';
import { overviewText } from './overview.ts';
import { verbText } from './verb-text.ts';

/** The text of `pm --help`. It loads every operation to get its summary. */
export async function overview(): Promise<string> {
  const names = Object.keys(VERBS) as OperationName[];
  const loaded = await Promise.all(names.map(async (name) => operations[name]()));
  return overviewText(loaded.map(({ name, summary }) => [name, summary]));
}

/** The text of `pm <verb> --help`. */
export async function verbPage(verb: OperationName): Promise<string> {
  return verbText(verb, await operations[verb](), await descriptions());
}

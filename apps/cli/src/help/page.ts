import { descriptions, type OperationName, operations } from '@pm/operations';
import { VERBS, type ViewName } from '../call/verbs.ts';
import { overviewText } from './overview.ts';
import { verbText } from './verb-text.ts';
import { VIEW_TEXTS, viewText } from './view-texts.ts';

/** The text of `pm --help`. It loads every operation to get its summary. */
export async function overview(): Promise<string> {
  const names = Object.keys(VERBS) as OperationName[];
  const loaded = await Promise.all(names.map(async (name) => operations[name]()));
  const views = Object.entries(VIEW_TEXTS).map(([name, { summary }]) => [name, summary] as const);
  return overviewText([...loaded.map(({ name, summary }) => [name, summary] as const), ...views]);
}

/** The text of `pm <verb> --help`. */
export async function verbPage(verb: OperationName): Promise<string> {
  return verbText(verb, await operations[verb](), await descriptions());
}

/** The text of `pm <view> --help`. */
export async function viewPage(name: ViewName): Promise<string> {
  return viewText(name);
}

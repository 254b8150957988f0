import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Edit } from './file-change.ts';
import type { Asked, Entry, HostSetup } from './hosts.ts';
import { valueOfOurs, withOurs, withoutOurs } from './json-registration.ts';
import { bytesAt } from './replace-file.ts';
import { tomlEdit } from './toml-registration.ts';

/**
 * The edits of all settings of a host: with what is asked for, and without what an earlier call added and this one does not ask for.
 * @param home the folder of the project
 * @throws PmError `usage` if a file cannot be read as the host reads it, or has another server of our name
 */
export async function registration(
  setup: HostSetup,
  home: string,
  remove: boolean,
  asked: Asked | undefined,
): Promise<Edit[]> {
  const toml = setup.toml === undefined ? [] : [await tomlEdit(setup.toml, home, remove, asked)];
  const edits = new Map<string, Edit>();
  const isWanted = (entry: Entry): boolean => !remove && asked !== undefined && entry.value(asked) !== undefined;
  const entries: readonly Entry[] = setup.entries ?? [];
  const fileOf = ({ files }: Entry): string => {
    const names = files.map((name) => join(home, name));
    return names.find(existsSync) ?? names[0] ?? home;
  };
  const textIn = (file: string): string | undefined => (edits.has(file) ? edits.get(file)?.after : bytesAt(file));
  const change = (entry: Entry, { after, why }: Pick<Edit, 'after' | 'why'>, isTold: boolean): void => {
    const file = fileOf(entry);
    const whys = [edits.get(file)?.why, isTold ? why : undefined].flatMap((one) => one ?? []).join('; ');
    edits.set(file, { file, before: bytesAt(file), after, ...(whys !== '' && { why: whys }) });
  };
  const cut = (entry: Entry, isTold: boolean): boolean => {
    const before = textIn(fileOf(entry));
    const edit = withoutOurs(entry, fileOf(entry), before);
    change(entry, edit, isTold);
    return edit.after !== before;
  };
  const valueIn = (entry: Entry): unknown => valueOfOurs(entry, fileOf(entry), textIn(fileOf(entry)));
  const isIn = (entry: Entry): boolean => valueIn(entry) !== undefined;
  // What an earlier call added and this one does not ask for goes first, such as the trust.
  const unwanted = entries.filter((entry) => !isWanted(entry) && (remove || entry.stays !== true));
  const others = entries.filter((entry) => !unwanted.includes(entry));
  // An entry can only be cut off from the beginning of its file. One of ours that stands before it goes as well, and is put back.
  const putBack: { readonly entry: Entry; readonly value: unknown }[] = [];
  const takeAway = (entry: Entry): boolean => {
    const value = valueIn(entry);
    if (value === undefined || !cut(entry, false)) return false;
    if (!isWanted(entry)) putBack.push({ entry, value });
    return true;
  };
  for (let isLess = true; isLess; ) {
    isLess = unwanted.some((entry) => isIn(entry) && cut(entry, false));
    const stuck = isLess ? [] : unwanted.filter(isIn).map(fileOf);
    isLess ||= others.some((entry) => stuck.includes(fileOf(entry)) && takeAway(entry));
  }
  for (const entry of unwanted) cut(entry, remove);
  for (const { entry, value } of putBack)
    change(entry, withOurs(entry, fileOf(entry), textIn(fileOf(entry)), value, asked), false);
  for (const entry of entries.filter(isWanted))
    change(entry, withOurs(entry, fileOf(entry), textIn(fileOf(entry)), asked && entry.value(asked), asked), true);
  return [...toml, ...edits.values()];
}

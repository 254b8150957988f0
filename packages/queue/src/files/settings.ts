import { existsSync } from 'node:fs';
import { decodeJson, encodeJson } from '@pm/protocol';
import { makeFolder, presentIn, readRecord, replaceRecord } from '@pm/protocol/fs';
import type { QueueSettings } from '../port.ts';
import { SettingsRecord } from './records.ts';

/** The settings of a queue. Without a word it has one slot. */
export function readSettings(folder: string): QueueSettings {
  const record = presentIn(readRecord(`${folder}/settings`, (text) => decodeJson(SettingsRecord, text)));
  const { slots = 1, freeMemoryBytes, maxLoad, paused = false } = record ?? {};
  return { slots, freeMemoryBytes, maxLoad, paused };
}

/** Every start with a configuration calls this. What changes nothing writes nothing, so it does not undo a pause of the same instant. */
export function writeSettings(folder: string, patch: Partial<QueueSettings>): void {
  const known = readSettings(folder);
  const changed = { ...known, ...patch };
  if (existsSync(`${folder}/settings`) && encodeJson(changed) === encodeJson(known)) return;
  makeFolder(folder);
  replaceRecord(`${folder}/settings`, encodeJson({ v: 1, ...changed }));
}

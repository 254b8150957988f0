import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

/** Makes the holder of a slot a process that has died. */
export function killStarter(folder: string, token: string): void {
  const file = `${folder}/slots/${token}`;
  const record = JSON.parse(readFileSync(file, 'utf8'));
  const { pid } = spawnSync('true');
  writeFileSync(file, JSON.stringify({ ...record, by: { ...record.by, pid, startTime: '1' } }));
}

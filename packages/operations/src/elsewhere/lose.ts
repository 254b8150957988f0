import { readReport } from '@pm/protocol/fs';
import { applyLoss } from '../mirror/apply-loss.ts';
import { closeEntry, type EntryElsewhere } from './entries.ts';

/** Records that an entry is lost. @param host who had it, if its worker has reported nothing */
export async function lose(dir: string, entry: EntryElsewhere, host: string, evidence: string): Promise<void> {
  const known = readReport(dir, entry.id)?.report.worker;
  const worker = known ?? { name: host, host: { name: host, bootId: '', pidNamespace: '' } };
  const applied = await applyLoss(dir, entry, { worker, reason: 'lease-lost', evidence, at: Date.now() });
  if (applied.kind !== 'later') closeEntry(dir, entry);
}

import { createHash } from 'node:crypto';
import type { Finding } from '../finding.ts';
import type { Asked } from './asked.ts';

/**
 * What was asked and how it stood, in 16 characters: equal as long as nothing changed for better or worse. The evidence is left out,
 * because it has times, pids and bytes in it.
 * @param findings those of `runChecks`, in the order asked
 */
export function digestOf(asked: readonly Asked[], findings: readonly Finding[]): string {
  const rows = asked.map(({ check, options }, index) => JSON.stringify([check.id, options, findings[index]?.state]));
  return createHash('sha256').update(rows.sort().join('\n')).digest('hex').slice(0, 16);
}

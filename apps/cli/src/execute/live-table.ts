import type { Output } from '../process/sync-output.ts';
import { write } from '../process/write.ts';

/** A terminal is not drawn more often than this: hundreds of lines may end in a second. */
const EVERY_MS = 100;

/** The last lines of a terminal, which are drawn anew. */
export interface LiveTable {
  /** Draws these lines in the place of the ones before. Called too soon after the last time, it does nothing. */
  readonly show: (lines: readonly string[]) => Promise<void>;
  readonly erase: () => Promise<void>;
}

/** Opens a table at the end of a terminal. Nothing is drawn yet. */
export function liveTable(terminal: Output): LiveTable {
  let height = 0;
  let drawnMs = Number.NEGATIVE_INFINITY;
  const clearing = (): string => (height === 0 ? '' : `\r\u001b[2K${'\u001b[1A\u001b[2K'.repeat(height - 1)}`);
  return {
    show: async (lines) => {
      if (height > 0 && performance.now() - drawnMs < EVERY_MS) return;
      drawnMs = performance.now();
      const text = clearing() + lines.join('\n');
      height = lines.length;
      await write(terminal, text);
    },
    erase: async () => {
      const text = clearing();
      height = 0;
      if (text !== '') await write(terminal, text);
    },
  };
}

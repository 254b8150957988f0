import type { RunView } from '@pm/operations';
import type { Output } from '../process/sync-output.ts';
import { write } from '../process/write.ts';
import type { Rendering } from '../render/answer.ts';
import type { Style } from '../text/style.ts';

const TICK_MS = 1000;

/** One line of a terminal that shows a live run. Between two reports of the run only the elapsed time changes. */
export interface LiveDisplay {
  readonly show: (run: RunView, lastLine: string) => Promise<void>;
  readonly erase: () => Promise<void>;
}

/** Makes a live line on this terminal. Its timer runs from `show` to `erase`. */
export function liveDisplay(rendering: Rendering, style: Style, terminal: Output): LiveDisplay {
  let ticking: NodeJS.Timeout | undefined;

  const draw = (run: RunView, lastLine: string): Promise<boolean> =>
    write(terminal, `\r\u001b[2K${rendering.liveLine(run, lastLine, { ...style, columns: terminal.columns || 80 })}`);
  const show = async (run: RunView, lastLine: string): Promise<void> => {
    clearInterval(ticking);
    const since = performance.now();
    ticking = setInterval(() => {
      void draw({ ...run, elapsedMs: run.elapsedMs + performance.now() - since }, lastLine);
    }, TICK_MS).unref();
    await draw(run, lastLine);
  };
  const erase = async (): Promise<void> => {
    if (ticking === undefined) return;
    clearInterval(ticking);
    ticking = undefined;
    await write(terminal, '\r\u001b[2K');
  };
  return { show, erase };
}

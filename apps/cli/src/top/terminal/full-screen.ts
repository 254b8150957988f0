import { writeSync } from 'node:fs';
import type { Frame } from '../draw/frame.ts';
import type { ScreenSize } from '../state/state.ts';
import { difference } from './diff.ts';

// Why: contributing/decisions/2026-11-29-a-terminal-view-of-our-own.md
const ENTER = '\u001b[?1049h';
/** Also for a death in the middle of a row: no colours, a cursor that is seen, a terminal that wraps. */
const LEAVE = '\u001b[0m\u001b[?7h\u001b[?25h\u001b[?1049l';

const STDOUT = 1;

/** The terminal while pm has the whole of it. */
export interface FullScreen {
  readonly size: () => ScreenSize;
  readonly show: (frame: Frame) => void;
  /** The next `show` draws everything. */
  readonly forget: () => void;
  readonly enter: () => void;
  /** Gives the terminal back as it was. It may be called again, and never throws: the terminal may have gone. */
  readonly leave: () => void;
}

/** @param stdin the keyboard, which is read key by key meanwhile; undefined: it is left as it is */
export function fullScreen(stdin: NodeJS.ReadStream | undefined, stdout: NodeJS.WriteStream): FullScreen {
  let shown: Frame | undefined;
  let isEntered = false;
  /** Synchronous, so that it also works in the last moment of a process. @returns whether the terminal has taken all of it */
  const write = (text: string): boolean => {
    let rest = Buffer.from(text);
    for (let tries = 0; rest.length > 0 && tries < MOST_TRIES; tries++) {
      try {
        rest = rest.subarray(writeSync(STDOUT, rest));
        tries = 0;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return false; // nobody is there any more
      }
    }
    return rest.length === 0;
  };
  const raw = (isRaw: boolean): void => {
    try {
      stdin?.setRawMode(isRaw);
    } catch {
      // the terminal has gone
    }
  };
  return {
    size: () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 }),
    show: (frame) => {
      if (!isEntered) return;
      const text = difference(shown, frame);
      shown = text === '' || write(text) ? frame : undefined; // half a frame is drawn over as a whole
    },
    forget: () => {
      shown = undefined;
    },
    enter: () => {
      raw(false); // libuv would not set again what it believes to be set, and a shell has changed it meanwhile
      raw(true);
      shown = undefined;
      isEntered = true;
      write(ENTER);
    },
    leave: () => {
      if (!isEntered) return;
      isEntered = false;
      write(LEAVE);
      raw(false);
    },
  };
}

/** A terminal that takes nothing for so many tries is given up, so that leaving it ends. */
const MOST_TRIES = 100_000;

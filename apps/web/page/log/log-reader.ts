import { follow as followLog, type LogAnswerPiece, type LogOf, readBefore, readFrom } from './log-source.ts';
import { type LoadedLog, lineAt, NOTHING, PIECE_BYTES, windowOf, withAfter, withBefore } from './window.ts';

/** How many lines are read before a place, so that what led to it is in sight. */
const LINES_BEFORE = 400;

/** What is known of a log, and which part of it is loaded. */
export interface LogState {
  readonly window: LoadedLog;
  readonly totalBytes: number;
  readonly gap: LogAnswerPiece['gap'];
  readonly attempt: number | undefined;
  /** Why there is no output. */
  readonly unseen: string | undefined;
  readonly isFollowing: boolean;
  /** The line that was jumped to. */
  readonly marked: number | undefined;
  readonly error: string | undefined;
}

/** What a change means for the place in sight: lines that came or went above it, or where to go. */
export type Move = { readonly by: number } | { readonly to: 'start' | 'end' | 'marked' } | undefined;

/** Reads a log as its view needs it. Each change is reported with the move that it means. */
export interface LogReader {
  readonly end: () => Promise<void>;
  readonly start: () => Promise<void>;
  /** Goes to the line that begins at a byte, and marks it. */
  readonly jump: (byte: number) => Promise<void>;
  readonly more: (where: 'before' | 'after') => Promise<void>;
  readonly follow: (isOn: boolean) => void;
  readonly close: () => void;
}

export function openLogReader(log: LogOf, changed: (state: LogState, move: Move) => void): LogReader {
  const leaving = new AbortController();
  let state: LogState = {
    window: NOTHING,
    totalBytes: 0,
    gap: undefined,
    attempt: undefined,
    unseen: undefined,
    isFollowing: false,
    marked: undefined,
    error: undefined,
  };
  let isReading = false;
  let stopFollowing: (() => void) | undefined;

  const set = (next: Partial<LogState>, move: Move): void => {
    state = { ...state, ...next };
    changed(state, move);
  };
  const known = ({ totalBytes, gap, attempt, unseen }: LogAnswerPiece): Partial<LogState> => ({
    totalBytes,
    gap,
    attempt,
    unseen,
    error: undefined,
  });
  /** One at a time: what arrives is joined to what is there. */
  const reading = async (work: () => Promise<void>): Promise<void> => {
    if (isReading || leaving.signal.aborted) return;
    isReading = true;
    try {
      await work();
    } catch (error) {
      if (!leaving.signal.aborted) set({ error: (error as Error).message }, undefined);
    } finally {
      isReading = false;
    }
  };
  const take = (piece: LogAnswerPiece): void => {
    const isOther = piece.attempt !== state.attempt && piece.from === 0;
    const { window, removed } = isOther
      ? { window: windowOf(piece), removed: 0 }
      : withAfter(state.window, piece, piece.gap);
    set(
      { ...known(piece), window, marked: after(removed), isFollowing: piece.live && state.isFollowing },
      { to: 'end' },
    );
  };
  /** The marked line, when lines were let go above it. */
  const after = (removed: number): number | undefined =>
    state.marked === undefined || state.marked < removed ? undefined : state.marked - removed;
  const follow = (isOn: boolean): void => {
    stopFollowing?.();
    stopFollowing = isOn ? followLog(log, () => state.window.to, take) : undefined;
    if (isOn !== state.isFollowing) set({ isFollowing: isOn }, isOn ? { to: 'end' } : undefined);
  };
  const end = (): Promise<void> =>
    reading(async () => {
      const piece = await readBefore(log, LINES_BEFORE, undefined, leaving.signal);
      set({ ...known(piece), window: windowOf(piece), marked: undefined }, { to: 'end' });
    });
  return {
    end,
    follow: (isOn) => void (isOn && state.window.to < state.totalBytes ? end().then(() => follow(true)) : follow(isOn)),
    start: () =>
      reading(async () => {
        const piece = await readFrom(log, 0, PIECE_BYTES, leaving.signal);
        set({ ...known(piece), window: windowOf(piece), marked: undefined }, { to: 'start' });
      }),
    jump: (byte) =>
      reading(async () => {
        const piece = await readFrom(log, byte, PIECE_BYTES, leaving.signal);
        let window = windowOf(piece);
        if (piece.from > 0)
          window = withBefore(
            window,
            await readBefore(log, LINES_BEFORE, piece.from, leaving.signal),
            piece.gap,
          ).window;
        set({ ...known(piece), window, marked: lineAt(window, piece.from) }, { to: 'marked' });
      }),
    more: (where) =>
      reading(async () => {
        const { from, to } = state.window;
        if (where === 'before') {
          if (from === 0) return;
          const piece = await readBefore(log, LINES_BEFORE, from, leaving.signal);
          const { window, added } = withBefore(state.window, piece, piece.gap);
          set(
            { ...known(piece), window, marked: state.marked === undefined ? undefined : state.marked + added },
            { by: added },
          );
          return;
        }
        if (to >= state.totalBytes || state.isFollowing) return;
        const piece = await readFrom(log, to, PIECE_BYTES, leaving.signal);
        const { window, removed } = withAfter(state.window, piece, piece.gap);
        set({ ...known(piece), window, marked: after(removed) }, { by: -removed });
      }),
    close: () => {
      leaving.abort();
      stopFollowing?.();
    },
  };
}

import { NoAnswerError } from '../state/ask.ts';
import { type LogAnswerPiece, type LogOf, readBefore, readFrom } from './log-source.ts';
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

/** How often a log that is followed is asked for more, ms. Nothing is asked while nobody looks at the page. */
const FOLLOW_MS = 500;

/** Reads a log as its view needs it. Each change is reported with the move that it means. */
export interface LogReader {
  readonly end: () => Promise<boolean>;
  readonly start: () => Promise<boolean>;
  /**
   * Goes to the line that begins at a byte of an attempt, and marks it. Where a user goes, a read that runs is given up.
   * @returns whether it is there
   */
  readonly jump: (byte: number, attempt: number | undefined) => Promise<boolean>;
  /** Dropped while something else is read. */
  readonly more: (where: 'before' | 'after') => Promise<boolean>;
  readonly follow: (isOn: boolean) => void;
  readonly close: () => void;
}

/** Opens a log. Nothing is read yet. @param changed is called after each change, with what it means for the place in sight */
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
  let running: AbortController | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

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
  /** The attempt of which a part is loaded: the offsets of another one mean other lines. */
  const same = (): LogOf => ({ ...log, attempt: state.attempt });
  /** One at a time: what arrives is joined to what is there. @returns whether it was done */
  const reading = async (work: (signal: AbortSignal) => Promise<void>): Promise<boolean> => {
    if (leaving.signal.aborted) return false;
    const own = new AbortController();
    running?.abort();
    running = own;
    const signal = AbortSignal.any([own.signal, leaving.signal]);
    try {
      await work(signal);
      return true;
    } catch (error) {
      if (!signal.aborted) set({ error: (error as Error).message }, undefined);
      return false;
    } finally {
      if (running === own) running = undefined;
    }
  };
  /** The marked line, when lines were let go above it. */
  const after = (removed: number): number | undefined =>
    state.marked === undefined || state.marked < removed ? undefined : state.marked - removed;
  /** Reads what a followed log has more. @returns whether there is still more */
  const readOn = async (signal: AbortSignal): Promise<boolean> => {
    const { to } = state.window;
    let piece = await readFrom(same(), to, PIECE_BYTES, signal);
    if (!state.isFollowing) return false; // meanwhile somebody reads further up
    const isOver = piece.to >= piece.totalBytes && piece.text === '';
    const isNextAttempt = isOver && (piece.attempts ?? 1) > (piece.attempt ?? 1);
    const isEmptied = piece.totalBytes < to;
    if (isNextAttempt || isEmptied) {
      piece = await readFrom(isEmptied ? same() : log, 0, PIECE_BYTES, signal);
      set({ ...known(piece), window: windowOf(piece), marked: undefined }, { to: 'end' });
    } else if (piece.text === '' && piece.live) {
      if (state.error !== undefined) set({ error: undefined }, undefined);
      return false;
    } else {
      const { window, removed } = withAfter(state.window, piece, piece.gap);
      set({ ...known(piece), window, marked: after(removed) }, { to: 'end' });
    }
    const isMore = piece.to < piece.totalBytes || (piece.attempts ?? 1) > (piece.attempt ?? 1);
    if (!piece.live && !isMore) set({ isFollowing: false }, undefined);
    return isMore;
  };
  const tick = async (): Promise<void> => {
    let isMore = false;
    if (running === undefined && document.visibilityState === 'visible')
      await reading(async (signal) => {
        isMore = await readOn(signal).catch((error: unknown) => {
          if (error instanceof NoAnswerError) return false; // the page says so; it goes on when the server is back
          if (!signal.aborted) set({ isFollowing: false }, undefined);
          throw error;
        });
      });
    if (!state.isFollowing || leaving.signal.aborted) return;
    clearTimeout(timer);
    timer = setTimeout(tick, isMore ? 0 : FOLLOW_MS);
  };
  const follow = (isOn: boolean): void => {
    clearTimeout(timer);
    if (isOn !== state.isFollowing) set({ isFollowing: isOn }, isOn ? { to: 'end' } : undefined);
    if (isOn) timer = setTimeout(tick, 0);
  };
  const end = (): Promise<boolean> =>
    reading(async (signal) => {
      const piece = await readBefore(log, LINES_BEFORE, undefined, signal);
      set({ ...known(piece), window: windowOf(piece), marked: undefined }, { to: 'end' });
    });
  return {
    end,
    follow: (isOn) => void (isOn && state.window.to < state.totalBytes ? end().then(() => follow(true)) : follow(isOn)),
    start: () =>
      reading(async (signal) => {
        const piece = await readFrom(same(), 0, PIECE_BYTES, signal);
        set({ ...known(piece), window: windowOf(piece), marked: undefined }, { to: 'start' });
      }),
    jump: (byte, attempt) =>
      reading(async (signal) => {
        const piece = await readFrom({ ...log, attempt }, byte, PIECE_BYTES, signal);
        let window = windowOf(piece);
        if (piece.from > 0) {
          const before = await readBefore({ ...log, attempt: piece.attempt }, LINES_BEFORE, piece.from, signal);
          window = withBefore(window, before, piece.gap).window;
        }
        set({ ...known(piece), window, marked: lineAt(window, piece.from) }, { to: 'marked' });
      }),
    more: async (where) => {
      const { from, to } = state.window;
      if (running !== undefined || (where === 'before' ? from === 0 : to >= state.totalBytes || state.isFollowing))
        return false;
      return reading(async (signal) => {
        if (where === 'before') {
          const piece = await readBefore(same(), LINES_BEFORE, from, signal);
          const { window, added } = withBefore(state.window, piece, piece.gap);
          const marked = state.marked === undefined ? undefined : state.marked + added;
          return set({ ...known(piece), window, marked }, { by: added });
        }
        const piece = await readFrom(same(), to, PIECE_BYTES, signal);
        const { window, removed } = withAfter(state.window, piece, piece.gap);
        set({ ...known(piece), window, marked: after(removed) }, { by: -removed });
      });
    },
    close: () => {
      leaving.abort();
      clearTimeout(timer);
    },
  };
}

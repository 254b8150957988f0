import type { RunView } from '@pm/operations';
import { formatSize, isRunning, runName } from '@pm/operations/words';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { failureAt } from './failure-at.ts';
import { FileSwitch } from './file-switch.tsx';
import { LINE, LogLines } from './log-lines.tsx';
import { type LogReader, type LogState, type Move, openLogReader } from './log-reader.ts';
import type { LogOf } from './log-source.ts';
import { SearchBar } from './search-bar.tsx';
import { useDetails } from './use-details.ts';
import { useSearch } from './use-search.ts';

/** So near to its edge more is read, lines. */
const NEAR = 60;

/** The log of a run. However long it is, only a part of it is loaded, and only what is in sight is drawn. */
export function LogView({ run }: { readonly run: RunView & { readonly dir: string; readonly id: string } }) {
  const [isErrors, setErrors] = useState(false);
  const log = useMemo(
    (): LogOf => ({ dir: run.dir, run: run.id, ...(isErrors && { errors: true }) }),
    [run.dir, run.id, isErrors],
  );
  const box = useRef<HTMLDivElement>(null);
  const reader = useRef<LogReader | undefined>(undefined);
  const move = useRef<Move>(undefined);
  /** The byte to go to in the file that is opened next. */
  const aim = useRef<number | undefined>(undefined);
  const [state, setState] = useState<LogState | undefined>();
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(400);
  const [text, setText] = useState('');
  const search = useSearch({ ...log, attempt: state?.attempt }, text);
  const details = { ...useDetails(run, state !== undefined), dir: run.dir };
  const { failureLine } = details;
  const [failure, setFailure] = useState<string | undefined>();
  const isOn = isRunning(run);

  useEffect(() => {
    const opened = openLogReader(log, (next, moved) => {
      if (moved !== undefined) move.current = moved;
      setState(next);
    });
    reader.current = opened;
    const byte = aim.current;
    aim.current = undefined;
    if (byte === undefined) opened.end().then(() => isOn && opened.follow(true));
    else void goTo(byte);
    return opened.close;
  }, [log]);
  useEffect(() => {
    if (box.current === null) return;
    const observer = new ResizeObserver(([entry]) => setHeight(entry?.contentRect.height ?? 400));
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(() => {
    const [element, moved] = [box.current, move.current];
    move.current = undefined;
    if (element === null || moved === undefined) return;
    if ('by' in moved) element.scrollTop += moved.by * LINE;
    else if (moved.to === 'start') element.scrollTop = 0;
    else if (moved.to === 'end') element.scrollTop = element.scrollHeight;
    else element.scrollTop = (state?.marked ?? 0) * LINE - height / 3;
  }, [state]);

  const scrolled = (element: HTMLDivElement): void => {
    const wasAbove = element.scrollTop < top;
    setTop(element.scrollTop);
    const isAtEnd = element.scrollTop + element.clientHeight >= element.scrollHeight - LINE;
    if (wasAbove && !isAtEnd && state?.isFollowing === true) reader.current?.follow(false);
    if (element.scrollTop < NEAR * LINE) void reader.current?.more('before');
    else if (element.scrollTop + element.clientHeight > element.scrollHeight - NEAR * LINE)
      void reader.current?.more('after');
  };
  const goTo = async (byte: number): Promise<void> => {
    reader.current?.follow(false);
    if (!(await reader.current?.jump(byte, undefined))) setFailure(undefined);
  };
  const toFailure = async (): Promise<void> => {
    try {
      const byte = await failureAt(details);
      // Before the jump: the sentence takes room, and would push the last line of the log out of sight.
      setFailure(`Line ${failureLine} is marked. It is the first that names the error.`);
      const isInErrors = details.errorsFile !== undefined;
      if (isInErrors === isErrors) return await goTo(byte);
      aim.current = byte;
      setErrors(isInErrors);
    } catch (error) {
      setFailure((error as Error).message);
    }
  };

  return (
    <section class="output" aria-label="Log">
      <div class="tools">
        {(isErrors || run.errorsFile !== undefined) && (
          <FileSwitch
            isErrors={isErrors}
            choose={(errors) => {
              setFailure(undefined);
              setErrors(errors);
            }}
          />
        )}
        <SearchBar
          text={text}
          setText={setText}
          search={search}
          go={(match) => {
            reader.current?.follow(false);
            void reader.current?.jump(match.at, state?.attempt);
          }}
        />
        <button
          type="button"
          data-key="g"
          onClick={() => {
            reader.current?.follow(false);
            void reader.current?.start();
          }}
        >
          Start
        </button>
        <button type="button" data-key="G" onClick={() => void reader.current?.end()}>
          End
        </button>
        {failureLine !== undefined && (
          <button type="button" data-key="e" onClick={toFailure}>
            First error
          </button>
        )}
        {isOn && (
          <button
            type="button"
            data-key="f"
            aria-pressed={state?.isFollowing === true}
            onClick={() => reader.current?.follow(state?.isFollowing !== true)}
          >
            Follow
          </button>
        )}
        <span class="dim figure size">{state !== undefined && formatSize(state.totalBytes)}</span>
      </div>
      <p class="told" role="status">
        {state?.error ?? failure}
      </p>
      <div
        class="log"
        ref={box}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the keys scroll it
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label={`Log of ${runName(run)}`}
        onScroll={({ currentTarget }) => scrolled(currentTarget)}
      >
        <LogLines state={state} top={top} height={height} pattern={search.pattern} />
        {state?.window.lines.length === 0 && (
          <p class="dim empty">{state.unseen ?? (isOn ? 'No output yet.' : 'There is no output.')}</p>
        )}
      </div>
    </section>
  );
}

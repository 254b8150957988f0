import { LineText } from './log-line.tsx';
import type { LogState } from './log-reader.ts';

/** The height of a line, pixels. The style sheet has the same number. */
export const LINE = 20;
/** How many lines beyond its edges a log is drawn. */
const BEYOND = 20;

/** The lines of a log that are in sight. @param props.top how far it is scrolled, pixels */
export function LogLines({
  state,
  top,
  height,
  pattern,
}: {
  readonly state: LogState | undefined;
  readonly top: number;
  readonly height: number;
  readonly pattern: RegExp | undefined;
}) {
  const lines = state?.window.lines ?? [];
  const first = Math.max(0, Math.floor(top / LINE) - BEYOND);
  const last = Math.ceil((top + height) / LINE) + BEYOND;
  return (
    <div class="lines" style={{ height: `${lines.length * LINE}px` }}>
      {lines.slice(first, last).map((line, index) => (
        <div
          key={first + index}
          class={`line${first + index === state?.marked ? ' marked' : ''}`}
          style={{ transform: `translateY(${(first + index) * LINE}px)` }}
        >
          <LineText line={line} pattern={pattern} />
        </div>
      ))}
    </div>
  );
}

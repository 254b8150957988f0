import { useEffect, useState } from 'preact/hooks';
import type { FoundLine } from './log-source.ts';
import type { Search } from './use-search.ts';

export interface SearchBarProps {
  readonly text: string;
  readonly setText: (text: string) => void;
  readonly search: Search;
  readonly go: (match: FoundLine) => void;
}

/** The search through a log, and the way from one match to the next. */
export function SearchBar({ text, setText, search, go }: SearchBarProps) {
  const { matches } = search;
  const [at, setAt] = useState(-1);
  // Enter was pressed before anything was found, or even before the page has heard of the text.
  const [due, setDue] = useState<{ readonly by: number; readonly text: string }>();
  useEffect(() => setAt(-1), [text]);
  const step = (by: number, asked = text): void => {
    if (asked !== text || matches.length === 0) {
      setDue({ by, text: asked });
      return;
    }
    const next = at < 0 ? (by > 0 ? 0 : matches.length - 1) : (at + by + matches.length) % matches.length;
    setAt(next);
    const match = matches[next];
    if (match !== undefined) go(match);
  };
  useEffect(() => {
    if (due?.text !== text || matches.length === 0) return;
    setDue(undefined);
    step(due.by);
  }, [due, text, matches.length]);
  return (
    <search>
      <input
        type="search"
        aria-label="Search the log for a text"
        placeholder="Search the log"
        data-key="c"
        value={text}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') step(event.shiftKey ? -1 : 1, event.currentTarget.value);
        }}
      />
      <button
        type="button"
        aria-label="Previous match"
        data-key="N"
        disabled={matches.length === 0}
        onClick={() => step(-1)}
      >
        ↑
      </button>
      <button
        type="button"
        aria-label="Next match"
        data-key="n"
        disabled={matches.length === 0}
        onClick={() => step(1)}
      >
        ↓
      </button>
      <span class="dim figure" role="status">
        {wordsOf(text, search, at)}
      </span>
    </search>
  );
}

function wordsOf(text: string, { matches, share, error }: Search, at: number): string {
  if (text === '') return '';
  if (error !== undefined) return error;
  if (share === 0) return 'searching …';
  const isOver = share >= 1;
  const none = isOver ? 'no match' : 'no match yet';
  const count = matches.length === 0 ? none : at < 0 ? counted(matches.length) : `${at + 1} of ${matches.length}`;
  return isOver ? count : `${count}, ${Math.round(share * 100)} % searched`;
}

function counted(matches: number): string {
  return matches === 1 ? '1 match' : `${matches} matches`;
}

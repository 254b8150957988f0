import type { LinkState } from '../state/link.ts';
import { hashOf, type Route } from '../state/route.ts';

export interface BarProps {
  readonly summary: string;
  readonly link: LinkState;
  readonly route: Route;
  readonly filter: string;
  readonly setFilter: (filter: string) => void;
  readonly theme: string;
  readonly turn: () => void;
  readonly help: () => void;
  readonly isReadOnly: boolean;
}

const LINK_WORDS = { connecting: 'Connecting …', live: 'Live', lost: 'Not connected. Trying again …' } as const;
const THEME_SIGNS: Readonly<Record<string, string>> = { system: '◐', light: '☀', dark: '☾' };

/** What stands above everything: the count of runs, the two views, the filter, the colours, the help. */
export function Bar({ summary, link, route, filter, setFilter, theme, turn, help, isReadOnly }: BarProps) {
  return (
    <header class="bar-of-page">
      <h1>{summary}</h1>
      <p class={`link is-${link}`} role="status">
        <span class="dot" aria-hidden="true" />
        <span class="words">{LINK_WORDS[link]}</span>
        {isReadOnly && link === 'live' && <span class="dim"> · read only</span>}
      </p>
      <nav aria-label="Views">
        <a
          href={hashOf({ ...route, view: 'runs' })}
          aria-current={route.view === 'runs' ? 'page' : undefined}
          data-key="r"
        >
          Runs
        </a>
        <a
          href={hashOf({ ...route, view: 'timeline' })}
          aria-current={route.view === 'timeline' ? 'page' : undefined}
          data-key="t"
        >
          Timeline
        </a>
      </nav>
      <input
        type="search"
        class="filter"
        placeholder="Filter"
        aria-label="Filter the runs by name, directory, state or command"
        data-key="/"
        value={filter}
        onInput={({ currentTarget }) => setFilter(currentTarget.value)}
      />
      <button
        type="button"
        class="icon"
        data-key="d"
        onClick={turn}
        aria-label={`Colours: ${theme === 'system' ? 'as the system' : theme}`}
        title={`Colours: ${theme}`}
      >
        <span aria-hidden="true">{THEME_SIGNS[theme]}</span>
      </button>
      <button type="button" class="icon" onClick={help} aria-label="Keys" title="Keys (?)">
        <span aria-hidden="true">?</span>
      </button>
    </header>
  );
}

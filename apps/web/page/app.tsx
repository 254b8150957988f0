import type { SeenRun } from '@pm/operations/overview-state';
import { isRunning } from '@pm/operations/words';
import { useEffect, useMemo, useReducer, useRef, useState } from 'preact/hooks';
import { Announcer } from './frame/announcer.tsx';
import { Bar } from './frame/bar.tsx';
import { Help } from './frame/help.tsx';
import { useKeys } from './frame/keys.ts';
import { SettingsContext, useSettings } from './frame/places.tsx';
import { summaryOf } from './frame/summary.ts';
import { RunPanel } from './run/run-panel.tsx';
import { Decisions } from './runs/decisions.tsx';
import { isOpen, listed, RunList } from './runs/run-list.tsx';
import { Standing } from './runs/standing.tsx';
import { useKept } from './state/kept.ts';
import type { Link } from './state/link.ts';
import { useOpened } from './state/opened.ts';
import { usePutOff } from './state/put-off.ts';
import { useRoute } from './state/route.ts';
import { Timeline } from './timeline/timeline.tsx';

const THEMES = ['system', 'light', 'dark'] as const;

// Why: contributing/decisions/2026-11-29-what-the-page-is-made-of.md
/** The page. It is drawn anew for each frame in which something has changed. */
export function App({ link }: { readonly link: Link }) {
  const [, draw] = useReducer((n: number) => n + 1, 0);
  useEffect(() => link.subscribe(() => draw(undefined)), [link]);
  const [route, go] = useRoute();
  const [filter, setFilter] = useState('');
  const [theme, setTheme] = useKept('theme', THEMES, 'system');
  const [keys, setKeys] = useKept('keys', ['on', 'off'], 'on');
  const [isHelpOpen, setHelpOpen] = useState(false);
  const settings = useSettings();
  const { readOnly: isReadOnly } = settings;
  const list = useRef<HTMLElement>(null);
  const world = link.world();
  const putOff = usePutOff(world);
  const now = link.now();
  const news = link.takeNews();
  const heard = useRef<readonly string[]>([]);
  if (news.length > 0) heard.current = news;

  useEffect(() => {
    document.documentElement.dataset['theme'] = theme;
  }, [theme]);
  const summary = summaryOf(world, putOff.has);
  useEffect(() => {
    document.title = `${summary} · Process Monitor`;
  }, [summary]);

  const entries = useMemo(() => [...world.runs.values()], [world.runs]);
  const { entry: open, isGone } = useOpened(route.run, world, link.state() === 'live');
  const isNeeding = (entry: SeenRun): boolean =>
    isRunning(entry.run) && entry.run.attention !== undefined && !putOff.has(entry);
  const needing = entries.filter(isNeeding);
  const close = (): void => {
    go({ ...route, run: undefined });
    list.current?.querySelector<HTMLElement>(`[data-run="${open?.run.id}"]`)?.focus();
  };
  const step = (by: number): void => {
    const order = listed(world, filter);
    const at = order.findIndex((entry) => isOpen(entry, route));
    const next = order[at < 0 ? 0 : Math.min(Math.max(at + by, 0), order.length - 1)];
    if (next !== undefined) go({ ...route, run: next.run });
  };
  useKeys(keys === 'on', (key) => {
    if (key === 'j' || key === 'ArrowDown') step(1);
    else if (key === 'k' || key === 'ArrowUp') step(-1);
    else if (key === '?') setHelpOpen(true);
    else if (key === 'Escape' && route.run !== undefined) close();
    else if (key === 'l') document.querySelector<HTMLElement>('.log')?.focus();
    else return false;
    return true;
  });

  return (
    <SettingsContext.Provider value={settings}>
      <div class={`page${open === undefined ? '' : ' with-panel'}`}>
        <Bar
          summary={summary}
          link={link.state()}
          route={route}
          filter={filter}
          setFilter={setFilter}
          theme={theme}
          turn={() => setTheme(THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'system')}
          help={() => setHelpOpen(true)}
          isReadOnly={isReadOnly}
        />
        <main ref={list}>
          <div class="overview-of-all">
            {isGone && (
              <p class="gone" role="status">
                This run is not here any more.{' '}
                <button type="button" onClick={close}>
                  Close
                </button>
              </p>
            )}
            <Decisions
              entries={needing.filter((entry) => entry !== open)}
              route={route}
              now={now}
              isReadOnly={isReadOnly}
              waitOn={putOff.add}
            />
            <Standing world={world} />
            {route.view === 'timeline' ? (
              <Timeline runs={world.runs} filter={filter} now={now} />
            ) : (
              <RunList world={world} filter={filter} route={route} now={now} />
            )}
            {route.view === 'runs' && link.state() === 'live' && <Emptiness isEmpty={world.runs.size === 0} />}
            {world.total > world.runs.size && route.view === 'runs' && (
              <p class="dim more">
                {world.total - world.runs.size} more steps have ended. pm ls --everywhere lists them.
              </p>
            )}
          </div>
          {open !== undefined && (
            <RunPanel
              entry={open}
              samples={world.samples.get(open.run.id)}
              now={now}
              isReadOnly={isReadOnly}
              waitOn={isNeeding(open) ? () => putOff.add(open) : undefined}
              close={close}
            />
          )}
        </main>
        <Announcer news={heard.current} />
        {isHelpOpen && (
          <Help
            areKeysOn={keys === 'on'}
            setKeys={(isOn) => setKeys(isOn ? 'on' : 'off')}
            close={() => setHelpOpen(false)}
          />
        )}
      </div>
    </SettingsContext.Provider>
  );
}

function Emptiness({ isEmpty }: { readonly isEmpty: boolean }) {
  if (!isEmpty) return null;
  return (
    <p class="empty">
      Nothing has run yet. Start something in a terminal: <code>pm start -- npm test</code>
    </p>
  );
}

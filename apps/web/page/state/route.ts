import { useEffect, useState } from 'preact/hooks';

/** What the page shows. It is kept in the address, so that a reload and the Back button work. */
export interface Route {
  readonly view: 'runs' | 'timeline';
  /** The run whose details are open: its directory, and its name as in a call (`train~1`). */
  readonly run: { readonly dir: string; readonly name: string } | undefined;
}

export function parseRoute(hash: string): Route {
  const query = new URLSearchParams(hash.replace(/^#/, ''));
  const [dir, name] = [query.get('dir'), query.get('run')];
  return {
    view: query.get('view') === 'timeline' ? 'timeline' : 'runs',
    run: dir === null || name === null ? undefined : { dir, name },
  };
}

/** The address of a route, for links. */
export function hashOf({ view, run }: Route): string {
  const query = new URLSearchParams({
    ...(view === 'timeline' && { view }),
    ...(run !== undefined && { dir: run.dir, run: run.name }),
  });
  return `#${query}`;
}

export function useRoute(): [Route, (route: Route) => void] {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  useEffect(() => {
    const changed = () => setRoute(parseRoute(location.hash));
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);
  return [route, (next) => location.assign(hashOf(next))];
}

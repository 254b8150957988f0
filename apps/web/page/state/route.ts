import { useEffect, useState } from 'preact/hooks';

/** Which run is open. Its id stays what it is when its step begins again. */
export interface OpenedRun {
  readonly dir: string;
  readonly step: string;
  readonly id: string;
}

/** What the page shows. It is kept in the address, so that a reload and the Back button work. */
export interface Route {
  readonly view: 'runs' | 'timeline';
  /** The run whose details are open. */
  readonly run: OpenedRun | undefined;
}

/** The route of an address. @param hash what follows the `#`, with or without it */
export function parseRoute(hash: string): Route {
  const query = new URLSearchParams(hash.replace(/^#/, ''));
  const [dir, step, id] = [query.get('dir'), query.get('step'), query.get('id')];
  return {
    view: query.get('view') === 'timeline' ? 'timeline' : 'runs',
    run: dir === null || step === null || id === null ? undefined : { dir, step, id },
  };
}

/** The address of a route, for links. */
export function hashOf({ view, run }: Route): string {
  const query = new URLSearchParams({
    ...(view === 'timeline' && { view }),
    ...(run !== undefined && { dir: run.dir, step: run.step, id: run.id }),
  });
  return `#${query}`;
}

/** The route of the page, and what goes to another one. It follows the Back button. */
export function useRoute(): [Route, (route: Route) => void] {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  useEffect(() => {
    const changed = () => setRoute(parseRoute(location.hash));
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);
  return [route, (next) => location.assign(hashOf(next))];
}

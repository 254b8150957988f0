import type { OverviewEvent } from '@pm/operations';
import { keepWorld, type World } from './world.ts';

/** Whether the page is up to date. `lost`: the server does not answer; the browser tries again. */
export type LinkState = 'connecting' | 'live' | 'lost';

/** A page that nobody has looked at for so long asks for nothing until somebody does. */
const HIDDEN_MS = 5 * 60_000;
/** How long to wait before the next try, where the browser has given up. */
const AGAIN_MS = 2_000;

/** The world, and how to hear of its changes. */
export interface Link {
  readonly world: World;
  state(): LinkState;
  takeNews(): string[];
  /** Calls `changed` before the next frame after something has changed, and each second while something may run. */
  subscribe(changed: () => void): () => void;
}

/** Opens the stream of the server. All that arrives before a frame is drawn at once. */
export function openLink(address: string): Link {
  const { world, apply, takeNews } = keepWorld();
  const listeners = new Set<() => void>();
  let state: LinkState = 'connecting';
  let events: EventSource | undefined;
  let isDue = false;
  let hidden: ReturnType<typeof setTimeout> | undefined;
  connect();
  setInterval(() => document.visibilityState === 'visible' && draw(), 1_000);
  document.addEventListener('visibilitychange', () => {
    clearTimeout(hidden);
    if (document.visibilityState === 'hidden') hidden = setTimeout(disconnect, HIDDEN_MS);
    else if (events === undefined) connect();
    draw();
  });
  return {
    world,
    state: () => state,
    takeNews,
    subscribe(changed) {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
  };

  function connect(): void {
    const source = new EventSource(address);
    events = source;
    source.onmessage = ({ data }) => {
      state = 'live';
      apply(JSON.parse(data) as OverviewEvent);
      draw();
    };
    source.onerror = () => {
      state = 'lost';
      draw();
      // The browser does not try again after an answer that is no stream.
      if (source.readyState === EventSource.CLOSED && events === source) setTimeout(connect, AGAIN_MS);
    };
  }

  function disconnect(): void {
    events?.close();
    events = undefined;
  }

  function draw(): void {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(() => {
      isDue = false;
      for (const listener of listeners) listener();
    });
  }
}

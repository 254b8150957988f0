import type { OverviewEvent } from '@pm/operations';
import { serverClock } from './server-clock.ts';
import { doubtServer, isOurServer } from './server-proof.ts';
import { EMPTY_WORLD, newsIn, type World, worldAfter } from './world.ts';

/** Whether the page is up to date. `lost`: the server does not answer; the page tries again. */
export type LinkState = 'connecting' | 'live' | 'lost';

/**
 * A page that nobody has looked at for so long asks for nothing until somebody does. A browser opens six connections to a server at most,
 * for all its tabs together.
 */
const HIDDEN_MS = 15_000;
/** How long to wait before the next try, ms. */
const AGAIN_MS = 1_000;

/** The world, and how to hear of its changes. */
export interface Link {
  world(): World;
  /** What time it is where the runs are, UTC epoch ms. */
  now(): number;
  state(): LinkState;
  /** What has happened since the last call, as sentences. */
  takeNews(): string[];
  /** Calls `changed` before the next frame after something has changed, and each second while something may run. */
  subscribe(changed: () => void): () => void;
}

/** Opens the stream of the server. All that arrives before a frame is drawn at once. */
export function openLink(address: string): Link {
  let world = EMPTY_WORLD;
  const clock = serverClock();
  const news: string[] = [];
  const listeners = new Set<() => void>();
  let state: LinkState = 'connecting';
  let events: EventSource | undefined;
  let isDue = false;
  let hidden: ReturnType<typeof setTimeout> | undefined;
  let again: ReturnType<typeof setTimeout> | undefined;
  let isWanted = false;
  connect();
  setInterval(() => document.visibilityState === 'visible' && draw(), 1_000);
  document.addEventListener('visibilitychange', () => {
    clearTimeout(hidden);
    if (document.visibilityState === 'hidden') hidden = setTimeout(disconnect, HIDDEN_MS);
    else if (!isWanted) connect();
    draw();
  });
  return {
    world: () => world,
    now: clock.now,
    state: () => state,
    takeNews: () => news.splice(0),
    subscribe(changed) {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
  };

  function connect(): void {
    isWanted = true;
    void isOurServer().then((isOurs) => {
      if (!isWanted || events !== undefined) return;
      if (isOurs) listen(new EventSource(address));
      else lost();
    });
  }

  function listen(source: EventSource): void {
    events = source;
    source.onmessage = ({ data }) => {
      state = 'live';
      const event = JSON.parse(data) as OverviewEvent;
      clock.heard(event.at);
      news.push(...newsIn(event, world));
      world = worldAfter(world, event);
      draw();
    };
    source.onerror = () => {
      source.close(); // the browser would send the key again, to whoever listens there now
      events = undefined;
      lost();
    };
  }

  function lost(): void {
    doubtServer();
    state = 'lost';
    draw();
    clearTimeout(again);
    again = setTimeout(connect, AGAIN_MS);
  }

  function disconnect(): void {
    isWanted = false;
    clearTimeout(again);
    events?.close();
    events = undefined;
    state = 'connecting';
    doubtServer();
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

/** What holds connections to an engine. */
interface Closable {
  readonly close: () => void;
}

const opened = new Map<string, Closable>();
let users = 0;

/** The one of this key that is open in this process, or a new one. */
export function shared<T extends Closable>(key: string, open: () => T): T {
  const known = opened.get(key) as T | undefined;
  if (known !== undefined) return known;
  const one = open();
  opened.set(key, one);
  return one;
}

/** Somebody may ask engines. When the last one has ended, all connections are closed: an open one would keep the process alive. */
export function useEngines(): { readonly end: () => void } {
  users += 1;
  return {
    end: () => {
      users -= 1;
      if (users === 0) closeEngines();
    },
  };
}

/** Closes all connections to engines. Whoever asks one after this opens it again. */
export function closeEngines(): void {
  for (const one of opened.values()) one.close();
  opened.clear();
}

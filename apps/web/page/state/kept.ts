import { useState } from 'preact/hooks';

/** A setting that is kept in this browser. Where it may keep nothing, it lasts until the page is closed. */
export function useKept<T extends string>(name: string, values: readonly T[], unset: T): [T, (value: T) => void] {
  const [value, setValue] = useState(() => values.find((known) => known === stored(name)) ?? unset);
  return [
    value,
    (next) => {
      setValue(next);
      keep(name, next);
    },
  ];
}

/** Keeps a text in this browser under a name, if it may. */
export function keep(name: string, value: string): void {
  try {
    localStorage.setItem(`pm-${name}`, value);
  } catch {
    // A private window may refuse.
  }
}

/** The text that is kept in this browser under a name; null if there is none. */
export function stored(name: string): string | null {
  try {
    return localStorage.getItem(`pm-${name}`);
  } catch {
    return null;
  }
}

import { useState } from 'preact/hooks';

/** A setting that is kept in this browser. Where it may keep nothing, it lasts until the page is closed. */
export function useKept<T extends string>(name: string, values: readonly T[], unset: T): [T, (value: T) => void] {
  const [value, setValue] = useState(() => values.find((known) => known === stored(name)) ?? unset);
  const keep = (next: T) => {
    setValue(next);
    try {
      localStorage.setItem(`pm-${name}`, next);
    } catch {
      // A private window may refuse.
    }
  };
  return [value, keep];
}

function stored(name: string): string | null {
  try {
    return localStorage.getItem(`pm-${name}`);
  } catch {
    return null;
  }
}

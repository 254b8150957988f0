import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import { read } from '../state/ask.ts';
import { Told } from './told.tsx';

/** What the server says about itself. */
export interface Settings {
  /** Only calls that change nothing are taken. */
  readonly readOnly: boolean;
  /** The home directory of the user. */
  readonly home?: string | undefined;
}

/** Until the server has answered, nothing is offered that changes something. */
export const SettingsContext = createContext<Settings>({ readOnly: true });

/** What the server says about itself, asked once. */
export function useSettings(): Settings {
  const [settings, setSettings] = useState<Settings>({ readOnly: true });
  useEffect(() => {
    read<Settings>('settings', {}).then(setSettings, () => {}); // nothing is offered then
  }, []);
  return settings;
}

/** Returns the function that names the project of a directory of runs: `~/shop/api` for `/home/ada/shop/api/.pm`. */
export function usePlaces(): (dir: string) => string {
  const { home } = useContext(SettingsContext);
  return (dir) => {
    const project = dir.replace(/\/\.pm\/?$/, '') || '/';
    const isBelow = home !== undefined && home !== '/' && (project === home || project.startsWith(`${home}/`));
    return isBelow ? `~${project.slice(home.length)}` : project;
  };
}

/** The project of a directory of runs. */
export function Place({ dir }: { readonly dir: string }) {
  const placeOf = usePlaces();
  return (
    <span class="place">
      <Told text={placeOf(dir)} />
    </span>
  );
}

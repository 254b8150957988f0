/** The project of a directory of runs, short: `~/shop/api` for `/home/ada/shop/api/.pm`. */
export function placeOf(dir: string): string {
  const project = dir.replace(/\/\.pm\/?$/, '') || '/';
  const home =
    /^(?:\/home|\/Users)\/[^/]+(?=\/|$)/.exec(project)?.[0] ?? (/^\/root(?=\/|$)/.test(project) ? '/root' : undefined);
  return home === undefined ? project : `~${project.slice(home.length)}`;
}

/** Its last part, for where there is little room. */
export function shortPlaceOf(dir: string): string {
  return placeOf(dir).split('/').filter(Boolean).at(-1) ?? '/';
}

/**
 * The packages in bun.lock that node_modules does not have, as `ms@2.1.3`: those with another version, and missing direct dependencies. Pure.
 * @param versionOf the version of an installed package; undefined if it is not there
 * @returns undefined if the lockfile cannot be read
 */
export function bunDrift(lock: string, versionOf: (name: string) => string | undefined): string[] | undefined {
  let parsed: { packages?: Record<string, unknown[]>; workspaces?: Record<string, Record<string, object>> };
  try {
    parsed = Object(JSON.parse(lock.replace(/,(?=\s*[}\]])/g, ''))); // JSON with trailing commas
  } catch {
    return undefined;
  }
  const { dependencies, devDependencies } = parsed.workspaces?.[''] ?? {};
  const direct = new Set(Object.keys({ ...dependencies, ...devDependencies }));
  return Object.entries(parsed.packages ?? {}).flatMap(([name, [spec]]) => {
    const wanted = String(spec).slice(`${name}@`.length);
    if (!/^(?:@[^/]+\/)?[^/]+$/.test(name) || !/^\d/.test(wanted)) return []; // nested, or a link
    const present = versionOf(name);
    return present === wanted || (present === undefined && !direct.has(name)) ? [] : [String(spec)];
  });
}

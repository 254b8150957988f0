/**
 * The packages in pnpm-lock.yaml that are not in pnpm's record of what it installed (node_modules/.pnpm/lock.yaml), as `ms@2.1.3`. Pure.
 * @param modules node_modules/.modules.yaml, which names the packages skipped on this machine and the groups that were left out
 */
export function pnpmDrift(lock: string, installed: string | undefined, modules: string): string[] {
  if (lock === installed) return [];
  const present = new Set(packagesOf(installed ?? ''));
  const skipped = new Set([...modules.matchAll(/"((?:@[^"@]+\/)?[^"@]+@[^"]+)"/g)].map(([, name = '']) => name));
  if (/"?(?:devDependencies|optionalDependencies|dependencies)"?: false/.test(modules)) return [];
  return packagesOf(lock).filter((name) => !present.has(name) && !skipped.has(name));
}

/** The keys below `packages:`. pnpm indents them by two spaces and quotes them if needed, so no YAML parser is necessary. */
function packagesOf(text: string): string[] {
  const [, block = ''] = /^packages:\n([\s\S]*?)(?=^\S|(?![\s\S]))/m.exec(text.replace(/\r\n/g, '\n')) ?? [];
  return [...block.matchAll(/^ {2}'?([^\s'][^'\n]*?)'?:/gm)].map(([, name = '']) => name.replace(/^\//, ''));
}

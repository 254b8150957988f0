/**
 * What pnpm-lock.yaml says and pnpm's copy of what it installed (node_modules/.pnpm/lock.yaml) does not, as `ms@2.1.3`.
 * @param modules node_modules/.modules.yaml, which names what was skipped for this machine and what was left out by wish
 */
export function pnpmDrift(lock: string, installed: string | undefined, modules: string): string[] {
  if (lock === installed) return [];
  const present = new Set(packagesOf(installed ?? ''));
  const skipped = new Set([...modules.matchAll(/"((?:@[^"@]+\/)?[^"@]+@[^"]+)"/g)].map(([, name = '']) => name));
  if (/"?(?:devDependencies|optionalDependencies|dependencies)"?: false/.test(modules)) return [];
  return packagesOf(lock).filter((name) => !present.has(name) && !skipped.has(name));
}

/** The keys below `packages:`, which pnpm writes two spaces in, quoted where YAML asks for it. No YAML is needed for that. */
function packagesOf(text: string): string[] {
  const [, block = ''] = /^packages:\n([\s\S]*?)(?=^\S|(?![\s\S]))/m.exec(text.replace(/\r\n/g, '\n')) ?? [];
  return [...block.matchAll(/^ {2}'?([^\s'][^'\n]*?)'?:/gm)].map(([, name = '']) => name.replace(/^\//, ''));
}

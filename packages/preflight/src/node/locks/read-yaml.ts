/**
 * Reads the YAML of a lockfile or record. pnpm puts a document about itself before the one about the project, so the last one counts.
 * @returns undefined if it is not YAML
 */
export async function readYaml(text: string): Promise<unknown> {
  const { loadAll } = await import('js-yaml');
  try {
    return loadAll(text).at(-1);
  } catch {
    return undefined;
  }
}

/** Whether a yarn.lock was written by Yarn 2 or later, which keeps a different record. Pure. */
export function isModernYarn(lock: string): boolean {
  return /^__metadata:/m.test(lock);
}

/**
 * The packages in a yarn.lock of Yarn 1 that are not in its record (node_modules/.yarn-integrity), as `ms@^2.1.0`. Pure.
 * @returns undefined if the record cannot be read
 */
export function yarnDrift(lock: string, integrity: string | undefined): string[] | undefined {
  const present = integrity === undefined ? new Map<string, unknown>() : entriesOf(integrity);
  if (present === undefined) return undefined;
  return blocksOf(lock).flatMap(({ patterns, text }) => {
    const [, resolved] = /^ {2}resolved "?([^"\n]+)"?/m.exec(text) ?? [];
    return patterns
      .filter((pattern) => (resolved === undefined ? !present.has(pattern) : present.get(pattern) !== resolved))
      .slice(0, 1);
  });
}

/**
 * The same for Yarn 2 and later, whose record is node_modules/.yarn-state.yml: installed packages that are locked differently now, and
 * direct dependencies that are not installed. Indirect ones are not reported, because the lockfile has those of other platforms too. Pure.
 */
export function modernYarnDrift(lock: string, state: string | undefined): string[] {
  const blocks = blocksOf(lock).map((block) => ({ ...block, resolution: resolutionOf(block.text) }));
  const locked = new Set(blocks.map(({ resolution }) => resolution));
  const installed = blocksOf(state ?? '').flatMap(({ patterns }) => patterns);
  const gone = installed.filter((one) => one !== '__metadata' && !locked.has(one));
  const direct = blocks
    .filter(({ text }) => /^ {2}linkType: soft$/m.test(text))
    .flatMap(({ text }) => dependenciesOf(text));
  const missing = blocks
    .filter(
      ({ patterns, text }) => !/^ {2}conditions:/m.test(text) && patterns.some((pattern) => direct.includes(pattern)),
    )
    .map(({ resolution }) => resolution)
    .filter((resolution) => !installed.includes(resolution));
  return [...new Set([...missing, ...gone])].map((name) => name.replace('@npm:', '@'));
}

interface Block {
  /** `"ms@^2.0.0, ms@^2.1.0":` has two. */
  readonly patterns: readonly string[];
  readonly text: string;
}

function blocksOf(text: string): Block[] {
  return text
    .replace(/\r\n/g, '\n')
    .split(/\n(?=[^\s#])/)
    .flatMap((block) => {
      const [, head] = /^(?:#.*\n|\n)*([^\s#].*):(?:\n|$)/.exec(block) ?? [];
      return head === undefined
        ? []
        : [{ patterns: head.split(', ').map((one) => one.replace(/^"|"$/g, '')), text: block }];
    });
}

function resolutionOf(text: string): string {
  return /^ {2}resolution: "([^"]+)"/m.exec(text)?.[1] ?? '';
}

function dependenciesOf(text: string): string[] {
  const [, block = ''] = /^ {2}dependencies:\n((?: {4}.*\n?)*)/m.exec(text) ?? [];
  return [...block.matchAll(/^ {4}"?([^":\s]+)"?: "?([^"\n]+)"?/gm)].map(([, name, range]) => `${name}@${range}`);
}

function entriesOf(text: string): Map<string, unknown> | undefined {
  try {
    const { lockfileEntries } = Object(JSON.parse(text)) as { lockfileEntries?: Record<string, unknown> };
    return new Map(Object.entries(lockfileEntries ?? {}));
  } catch {
    return undefined;
  }
}

/** Whether a yarn.lock is of Yarn 2 and later, which keeps other notes. */
export function isModernYarn(lock: string): boolean {
  return /^__metadata:/m.test(lock);
}

/**
 * What a yarn.lock of Yarn 1 says and its note (node_modules/.yarn-integrity) does not, as `ms@^2.1.0`.
 * @returns undefined if the note cannot be read
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
 * The same of Yarn 2 and later, whose note is node_modules/.yarn-state.yml: what was installed and is locked otherwise now, and what the
 * project itself depends on and was not installed. What is below a package for other machines is in the lock too, and proves nothing.
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

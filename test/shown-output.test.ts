import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { asReader, retyped, textOf } from './page.ts';
import { ROOT } from './repository.ts';

/** Pages whose `console` blocks show real output. `project` is the folder of this repository in which a reader types them. */
const SHOWN: readonly { readonly page: string; readonly project?: string }[] = [
  { page: 'README.md', project: 'examples/first-run' },
  { page: 'docs/tutorial/first-run.md' },
  { page: 'docs/how-to/check-before-a-start.md' },
  { page: 'docs/how-to/stop-blind-repetition.md' },
  { page: 'docs/how-to/use-from-python.md' },
];

// After a change of what pm prints: run this with -u, which writes the new output into the pages, and read the difference.
describe.concurrent('a page shows what its commands print', () => {
  test.for(SHOWN)('$page', async ({ page, project }, { expect }) => {
    await asReader(async (reader) => {
      if (project !== undefined) cpSync(join(ROOT, project), reader.folder, { recursive: true });
      await expect(await retyped(textOf(page), reader)).toMatchFileSnapshot(`../${page}`);
    });
  });
});

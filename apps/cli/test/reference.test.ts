import { expect, test } from 'vitest';
import { referenceText } from './reference.ts';

test('docs/reference/cli.md says what the operations say', async () => {
  await expect(await referenceText()).toMatchFileSnapshot('../../../docs/reference/cli.md');
});

import { openBreaker } from '@pm/breaker';
import { exactDuration } from '@pm/protocol/text';
import { expect, test } from 'vitest';
import * as z from 'zod/mini';
import { DEFAULT_BOUNDS } from '../project/bounds.ts';
import { Config } from './config.ts';

// These defaults stand in code that the schema of the file must not load, so their descriptions cannot be made of them.
test('the descriptions name the defaults that count', () => {
  const { rule } = openBreaker({ folder: '/nowhere', name: 'any' }).snapshot();
  const text = JSON.stringify(z.toJSONSchema(Config, { io: 'input' }));
  expect(text).toContain(`Live runs at a time (default ${DEFAULT_BOUNDS.concurrentRuns}).`);
  expect(text).toContain(`Starts within one minute (default ${DEFAULT_BOUNDS.startsPerMinute}).`);
  expect(text).toContain(`How many failures in a row open it (default ${rule.after}).`);
  expect(text).toContain(`nothing has changed (default ${exactDuration(rule.coolDownMs ?? 0)}), or never.`);
});

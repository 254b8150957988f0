import { expect, test } from 'vitest';
import * as z from 'zod/mini';
import {
  AttentionRecord,
  DeliveryEndRecord,
  NotificationPlanRecord,
  OutcomeRecord,
  Policy,
  ResidentRecord,
  RunRecord,
  TraceRecord,
} from '../src/index.ts';
import { DirectoryRecord } from '../src/records/directory.ts';
import { EventRecord } from '../src/records/event.ts';

// schema/*.json is generated here, from the schemas the code itself parses with. After a change of a record:
// npx vitest run packages/protocol/test/schema.test.ts -u
test.each([
  ['run', 'What was started, by which rules, and for whom', RunRecord],
  ['outcome', 'How a run ended', OutcomeRecord],
  ['event', 'A line of events: a transition, or a signal sent', EventRecord],
  ['policy', 'The rules by which a run is judged; beatMs is also less than half of staleMs', Policy],
  ['attention', 'The troubles of a run that a waiter was told of already', AttentionRecord],
  ['resident', 'A resident monitor of the directory', ResidentRecord],
  ['directory', 'A directory that this user has started runs in', DirectoryRecord],
  ['notification-plan', 'Who is told about a run', NotificationPlanRecord],
  ['delivery-end', 'How the delivery of a notification ended', DeliveryEndRecord],
  ['trace', 'What the last monitor knew about a run and its silence', TraceRecord],
])('schema/%s.json is up to date', async (name, title, record) => {
  const $id = name === 'policy' ? 'pm:policy:v1' : `pm:${name}-record:v1`;
  const { $schema, ...rest } = z.toJSONSchema(record);
  const text = `${JSON.stringify({ $schema, $id, title, ...rest }, null, 2)}\n`;
  await expect(text).toMatchFileSnapshot(`../schema/${name}.json`);
});

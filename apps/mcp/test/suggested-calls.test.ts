import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { call, facts, job, test, textOf } from './stage.ts';
import { faultsOfResult, type SuggestedCall, suggestedIn } from './suggested-calls.ts';

// `server.ts` checks the calls of every result that any test here gets. These are made, too.
describe.concurrent('the suggested calls', () => {
  test.for<[situation: string, tool: string, input: Record<string, unknown>]>([
    ['of a start', 'start_run', { step: 'new', command: [job('until-cue'), 'cue'] }],
    ['of the same start again', 'start_run', { step: 'live', command: [job('until-cue'), 'cue'] }],
    ['of another command under a live name', 'start_run', { step: 'live', command: ['true'] }],
    ['of a wait whose budget is over', 'wait_run', { steps: ['live'], budget: '10ms' }],
    ['of a live run', 'show_status', { step: 'live' }],
    ['of a failed run', 'show_status', { step: 'bad' }],
    ['of a failed run before the last', 'show_status', { step: 'bad~1' }],
    ['of a list', 'ls_runs', {}],
    ['of a start that an open breaker refuses', 'start_run', { step: 'bad', command: ['sh', '-c', 'exit 3'] }],
    ['of words of a shell', 'start_run', { step: 'words', command: ['true', '&&', 'true'] }],
    ['of one line for a shell', 'start_run', { command: ['true && true'] }],
    ['of a run in another directory', 'show_status', { step: 'far', dir: 'else where' }],
    ['of a new limit', 'extend_run', { step: 'live', limit: '+5m' }],
    ['of an order to recover', 'recover_runs', {}],
  ])('%s work', async ([, tool, input], { stage }) => {
    const client = await stage.client('auto');
    await call(client, 'start_run', { step: 'live', command: [job('until-cue'), 'cue'] });
    for (const _ of [1, 2, 3])
      await call(client, 'start_run', { step: 'bad', command: ['sh', '-c', 'exit 3'], wait: true });
    await call(client, 'start_run', { step: 'far', command: ['false'], wait: true, dir: 'else where' });
    const result = await call(client, tool, input);
    stage.cue('cue');
    for (const { tool: name, arguments: given } of suggestedIn(result)) {
      const { isError, content } = await call(client, name, given);
      const [first] = content;
      const text = first?.type === 'text' ? first.text : '';
      expect([
        name,
        given,
        isError === true && /^(usage|no-such-step|unexpected|not-supported):/.test(text),
        text,
      ]).toEqual([name, given, false, text]);
    }
    await client.close();
  });
});

// 100 kB: more than one answer of read_logs has.
test('the calls after a large result lead to all of it', async ({ stage }) => {
  const written = JSON.stringify({ grüße: Array.from({ length: 8_000 }, (_, n) => `ä${n} €`) });
  writeFileSync(join(stage.folder, 'large.json'), written);
  const client = await stage.client('auto');
  const command = [job('leaves-result.sh'), 'large.json'];
  const answer = await call(client, 'start_run', { step: 'large', command, wait: true });
  expect(facts(answer)).toMatchObject({ outcome: 'success', resultBytes: Buffer.byteLength(written) });
  const status = await call(client, 'show_status', { step: 'large' });
  expect(suggestedIn(status)).toEqual(suggestedIn(answer));
  const [{ tool, arguments: input } = { tool: '', arguments: {} }] = suggestedIn(answer);
  let text = '';
  for (let cursor: string | undefined, isEnd = false; !isEnd; ) {
    const piece = textOf(await call(client, tool, { ...input, ...(cursor !== undefined && { cursor }) }));
    text += /^--- untrusted result of large, data only, (\w+) ---\n(.*)\n--- end \1 ---$/m.exec(piece)?.[2];
    isEnd = piece.endsWith(' · eof');
    cursor = /^cursor (\S+) \(pass it to read_logs with "result": true /m.exec(piece)?.[1];
    expect(cursor === undefined).toBe(isEnd);
  }
  expect(JSON.parse(text)).toEqual(JSON.parse(written));
  await client.close();
});

describe('a call that cannot be made is found', () => {
  test.for<SuggestedCall>([
    { tool: 'wait', arguments: {} },
    { tool: 'wait_run', arguments: { step: 'train' } },
    { tool: 'wait_run', arguments: { steps: 'train' } },
    { tool: 'read_logs', arguments: { step: 'train', tail: 'all' } },
    { tool: 'reset_breaker', arguments: { action: 'reset', name: 'train' } },
    { tool: 'reset_breaker', arguments: {} },
  ])('%j', (suggested) => {
    const told = `refused (held): it is held\nnext: ${suggested.tool} ${JSON.stringify(suggested.arguments)} (why)`;
    expect(faultsOfResult({ structuredContent: { next: [suggested] } })).toHaveLength(1);
    expect(faultsOfResult({ content: [{ type: 'text', text: told }] })).toHaveLength(1);
  });
});

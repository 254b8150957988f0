// Anthropic Messages, as Claude Code speaks it.
import { writeEvents, writeJson } from './sse.mjs';

export function serves(_method, path) {
  return path.startsWith('/v1/messages') || path === '/' || path.startsWith('/api/');
}

export function isTurn(path, body) {
  return path === '/v1/messages' && Array.isArray(body.tools) && body.tools.length > 0;
}

export function writeAside(response, path, body) {
  if (path.endsWith('/count_tokens')) writeJson(response, { input_tokens: 1_000 });
  else if (path !== '/v1/messages') writeJson(response, {});
  else write(response, { id: 'aside', say: 'ok', calls: [] }, body);
}

export function read({ messages, tools }) {
  return { messages, tools };
}

export function toolNames(tools) {
  return tools.map(({ name }) => name);
}

/** What the model did not say itself: each message as JSON. */
export function heard(messages) {
  return messages.filter(({ role }) => role !== 'assistant').map((message) => JSON.stringify(message));
}

/** Every result of a tool, in order, as text. */
export function results(messages) {
  return messages
    .flatMap(({ content }) => (Array.isArray(content) ? content : []))
    .filter(({ type }) => type === 'tool_result')
    .map(({ content }) => (typeof content === 'string' ? content : JSON.stringify(content)));
}

export function write(response, { id, say, calls }, { model, stream }) {
  const content = [
    ...(say === undefined ? [] : [{ type: 'text', text: say }]),
    ...calls.map(({ name, input }, i) => ({ type: 'tool_use', id: `toolu_${id}_${i}`, name, input })),
  ];
  const stop_reason = calls.length > 0 ? 'tool_use' : 'end_turn';
  const usage = { input_tokens: 1_000, output_tokens: 50 };
  const message = { id: `msg_${id}`, type: 'message', role: 'assistant', model, stop_sequence: null };
  if (stream !== true) return writeJson(response, { ...message, content, stop_reason, usage });
  writeEvents(response, [
    { type: 'message_start', message: { ...message, content: [], stop_reason: null, usage } },
    ...content.flatMap((block, index) => blockEvents(block, index)),
    { type: 'message_delta', delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: 50 } },
    { type: 'message_stop' },
  ]);
}

function blockEvents(block, index) {
  const [content_block, delta] =
    block.type === 'text'
      ? [
          { type: 'text', text: '' },
          { type: 'text_delta', text: block.text },
        ]
      : [
          { ...block, input: {} },
          { type: 'input_json_delta', partial_json: JSON.stringify(block.input) },
        ];
  return [
    { type: 'content_block_start', index, content_block },
    { type: 'content_block_delta', index, delta },
    { type: 'content_block_stop', index },
  ];
}

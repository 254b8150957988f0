// OpenAI Responses, as Codex speaks it.
import { writeEvents, writeJson } from './sse.mjs';

export function serves(_method, path) {
  return path.endsWith('/responses') || path.endsWith('/models');
}

export function isTurn(path, { tools }) {
  return path.endsWith('/responses') && tools?.length > 0;
}

export function writeAside(response, path, body) {
  if (path.endsWith('/responses')) write(response, { id: 'aside', say: 'ok', calls: [] }, body);
  else writeJson(response, { object: 'list', data: [], models: [] });
}

export function read({ input, tools }) {
  return { messages: input, tools };
}

export function toolNames(tools) {
  return tools.flatMap(({ name, type, tools: inner }) =>
    inner === undefined ? [name ?? type] : inner.map((tool) => `${name}/${tool.name}`),
  );
}

/** What the model did not say itself: each item as JSON. */
export function heard(items) {
  return items
    .filter(({ type, role }) => role !== 'assistant' && !/_call$|^reasoning$/.test(type))
    .map((item) => JSON.stringify(item));
}

/** Every result of a tool, in order, as text. */
export function results(items) {
  return items
    .filter(({ type }) => type?.endsWith('_call_output'))
    .map(({ output }) => (typeof output === 'string' ? output : JSON.stringify(output)));
}

export function write(response, { id, say, calls }) {
  const items = [
    ...(say === undefined
      ? []
      : [
          {
            type: 'message',
            role: 'assistant',
            id: `msg_${id}`,
            content: [{ type: 'output_text', text: say, annotations: [] }],
          },
        ]),
    ...calls.map(({ name, namespace, input }, i) => ({
      type: 'function_call',
      id: `fc_${id}_${i}`,
      call_id: `call_${id}_${i}`,
      name,
      ...(namespace !== undefined && { namespace }),
      arguments: JSON.stringify(input),
    })),
  ];
  const usage = { input_tokens: 1_000, output_tokens: 50, total_tokens: 1_050 };
  const answer = { id: `resp_${id}`, object: 'response', status: 'completed', output: items, usage };
  writeEvents(response, [
    { type: 'response.created', response: { id: answer.id, status: 'in_progress' } },
    ...items.flatMap((item, output_index) => [
      { type: 'response.output_item.added', output_index, item },
      { type: 'response.output_item.done', output_index, item },
    ]),
    { type: 'response.completed', response: answer },
  ]);
}

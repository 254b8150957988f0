import type { Key, KeyAnswer } from './key.ts';
import { pageRows } from './layout.ts';
import { allLines, linesWith } from './log-lines.ts';
import type { Prompt, TopState } from './state.ts';

const LONGEST = 200;

/** The state after a key that answers the question in the last row. A stop needs `y`; an extension is confirmed by Enter. */
export function onPromptKey(state: TopState, prompt: Prompt, key: Key): KeyAnswer {
  if (prompt.kind === 'stop') {
    if (key.read === prompt.read) return { state };
    const closed = { ...state, prompt: undefined };
    return key.name === 'y' ? { state: closed, effect: { type: 'stop', key: prompt.key } } : { state: closed };
  }
  if (key.name === 'escape') return { state: cancelled(state, prompt) };
  if (key.name === 'enter') return confirmed(state, prompt);
  const text = edited(prompt.text, key);
  if (text === prompt.text) return { state };
  const typed = { ...state, prompt: { ...prompt, text } };
  return { state: prompt.kind === 'filter' ? { ...typed, filter: text } : typed };
}

function edited(text: string, { name, text: typed = '' }: Key): string {
  if (name === 'backspace') return [...text].slice(0, -1).join('');
  if (name === 'ctrl-u') return '';
  if (name === 'ctrl-w') return text.replace(/\S+\s*$/, '');
  return (text + typed).slice(0, LONGEST);
}

function cancelled(state: TopState, prompt: Prompt): TopState {
  const closed = { ...state, prompt: undefined };
  return prompt.kind === 'filter' ? { ...closed, filter: prompt.before } : closed;
}

function confirmed(state: TopState, prompt: Exclude<Prompt, { kind: 'stop' }>): KeyAnswer {
  const closed = { ...state, prompt: undefined };
  const text = prompt.text.trim();
  switch (prompt.kind) {
    case 'filter':
      return { state: { ...closed, filter: text } };
    case 'extend':
      return text === ''
        ? { state: closed }
        : { state: closed, effect: { type: 'extend', key: prompt.key, limit: text } };
    case 'search':
      return { state: searched(closed, text) };
  }
}

/** From the newest line back, because the end of a log is what is read first. */
function searched(state: TopState, search: string): TopState {
  const { log } = state;
  if (log === undefined) return state;
  const lines = allLines(log.lines);
  const hits = linesWith(lines, search);
  const hit = hits.findLast((line) => line <= (log.top ?? lines.length) + pageRows(state)) ?? hits.at(-1);
  const shown = { ...log, search };
  if (search === '') return { ...state, log: shown };
  if (hit === undefined)
    return { ...state, log: shown, note: { text: `no line with ${search} in what is loaded`, tone: 'odd' } };
  return { ...state, log: { ...shown, top: hit } };
}

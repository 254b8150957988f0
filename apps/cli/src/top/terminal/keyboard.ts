import { emitKeypressEvents, type Key as Keypress } from 'node:readline';
import type { Key } from '../state/key.ts';

/** After this time a lone escape byte is the key Escape, and no longer the beginning of another key. Milliseconds. */
const ESCAPE_MS = 50;

/** Other names of keys, so that each has one. */
const NAMES: Readonly<Record<string, string>> = { return: 'enter', linefeed: 'enter', ' ': 'space' };

/** Calls `press` for each key, until the returned function is called. */
export function listenForKeys(stdin: NodeJS.ReadStream, press: (key: Key) => void): () => void {
  let read = 0;
  const onData = (): void => {
    read += 1;
  };
  const onKeypress = (text: string | undefined, pressed: Keypress): void =>
    press({ ...keyOfPress(text, pressed), read });
  stdin.on('data', onData); // before the listener of readline, so that it counts first
  emitKeypressEvents(stdin, { escapeCodeTimeout: ESCAPE_MS } as never);
  stdin.on('keypress', onKeypress);
  return () => {
    stdin.off('keypress', onKeypress);
    stdin.off('data', onData);
  };
}

/** A key press of Node as a key: `up`, `ctrl-c`, `a`, `G`. `text` is only there if it can be typed into a line. */
export function keyOfPress(text: string | undefined, { name, ctrl, meta, sequence }: Keypress): Omit<Key, 'read'> {
  if (ctrl === true) return { name: `ctrl-${name ?? ''}` };
  if (meta === true && name !== 'escape') return { name: `alt-${name ?? sequence ?? ''}` };
  const typed = text !== undefined && isPrintable(text) ? text : undefined;
  const own = typed !== undefined && typed !== ' ' ? typed : (name ?? typed ?? '');
  return { name: NAMES[own] ?? own, ...(typed !== undefined && { text: typed }) };
}

function isPrintable(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what cannot be printed
  return text !== '' && !/[\u0000-\u001f\u007f-\u009f]/.test(text);
}

import type { TopState } from './state.ts';

/** A key. `text` is what it writes; `read` numbers the reads of the keyboard, because a paste brings many keys in one. */
export interface Key {
  readonly name: string;
  readonly text?: string | undefined;
  readonly read: number;
}

/** What a key asks for besides another screen. `key` is that of the run. */
export type TopEffect =
  | { readonly type: 'quit'; readonly isInterrupt: boolean }
  | { readonly type: 'suspend' | 'redraw' }
  | { readonly type: 'stop' | 'acknowledge'; readonly key: string }
  | { readonly type: 'extend'; readonly key: string; readonly limit: string }
  | { readonly type: 'earlier'; readonly key: string };

/** The state after a key, and what else it asks for. */
export interface KeyAnswer {
  readonly state: TopState;
  readonly effect?: TopEffect;
}

// The resident monitor for frontends: a process of its own that runs nothing but this, so that it stays small.
export { type ResideOptions, reside } from '@pm/monitor';

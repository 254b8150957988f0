// Loaded only for a run that has begun and has no outcome on record. Most runs that a queue is asked about wait, or are over.
export { judgeOnce } from '@pm/monitor';

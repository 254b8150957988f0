// The words of every frontend for runs, durations and sizes. Browsers load it too: neither zod nor a node: module is loaded.
export { exactDuration, formatDuration, formatSize, roughDuration, withCount } from '@pm/protocol/text';
export { attemptsMade, elapsedLabel, type RunSign, runName, runSign, stateLabel } from './shape/run-words.ts';

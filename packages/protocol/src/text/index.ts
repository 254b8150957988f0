// How values are written for people: sizes, durations, and what a schema found wrong. Neither zod nor a node: module is loaded.
export { describeIssue, type Issue, issuePath, issueValue } from './describe-issue.ts';
export { quote } from './shell-word.ts';
export {
  durationMeant,
  exactDuration,
  formatDuration,
  formatSize,
  parseDuration,
  roughDuration,
  sizeMeant,
} from './units.ts';
export { withCount } from './with-count.ts';

// What frontends that show a whole log need: windows of it, its growth, and a search.
export { findInLog, type LogMatches, type LogSearch } from './find-in-log.ts';
export { followWindow } from './follow-window.ts';
export { type LogPlace, type LogRange, type LogWindow, logWindow } from './log-window.ts';

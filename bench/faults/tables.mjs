import { PROMISES } from './judge.mjs';
import { FAULT_NAMES } from './plan.mjs';

/** Prints the results by promise and by fault. */
export function printTables(results) {
  const promises = Object.entries(PROMISES).map(([name, words]) => {
    const wrong = results.filter((result) => result.wrong.some(({ promise }) => promise === name)).length;
    return [name, words, results.length, wrong];
  });
  print(['promise', '', 'trials', 'wrong'], promises);
  console.log('');
  const faults = FAULT_NAMES.map((name) => {
    const own = results.filter(({ plan }) => plan.fault === name);
    const hit = own.filter(({ seen }) => Object.keys(seen.hit).length > 0).length;
    return [name, own.length, hit, own.filter(({ wrong }) => wrong.length > 0).length, ...quantiles(own)];
  });
  print(['fault', 'trials', 'struck', 'wrong', 'p50', 'p99'], faults);
  console.log('p50, p99: from the end of the command, or the fault if that came later, to the outcome on disk');
}

function quantiles(results) {
  const late = results.flatMap(({ lateMs }) => lateMs ?? []).sort((a, b) => a - b);
  if (late.length === 0) return ['', ''];
  return [0.5, 0.99].map(
    (share) => `${Math.round(late[Math.min(late.length - 1, Math.floor(late.length * share))])} ms`,
  );
}

function print(head, rows) {
  const all = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column].length)));
  for (const row of all) {
    const cells = row.map((cell, i) => (/^\d/.test(cell) ? cell.padStart(widths[i]) : cell.padEnd(widths[i])));
    console.log(cells.join('  ').trimEnd());
  }
}

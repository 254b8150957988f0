import { expect, test } from 'vitest';
import { wordToGoOn } from './watch-command.ts';

test.each<[command: string, word: string | undefined]>([
  ['esbuild a.ts --watch', '--watch'],
  ['npx tsc --watch', '--watch'],
  ['npm run dev', 'dev'],
  ['pnpm dev', 'dev'],
  ['vite serve', 'serve'],
  ['jest --watchAll', '--watchAll'],
  ['esbuild a.ts --watch=forever', undefined],
  ['jest --watchAll=false', undefined],
  ['npm run build', undefined],
  ['git checkout dev', undefined],
  ['prettier -w a.ts', undefined],
  ['python serve', undefined],
])('%s', (command, word) => {
  expect(wordToGoOn(command.split(' '))).toBe(word);
});

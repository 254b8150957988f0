import { openingOf, type RequestId } from './opening.ts';

/** A longer first line is left to the SDK. */
const MOST_BYTES = 65_536;

// Why: contributing/decisions/2026-11-29-the-first-answer.md
/**
 * Answers the first request of a client before the server is loaded, and then hands the input over, from its first byte on. Some hosts
 * take a server for an old one if its first answer takes two seconds, and on a busy machine loading takes that long.
 * @param serve gets the id of the request that was answered, if one was. It has to resume stdin
 */
export function answerFirst(
  { stdin, stdout, exit }: Pick<NodeJS.Process, 'stdin' | 'stdout' | 'exit'>,
  serve: (answered?: RequestId) => void,
): void {
  let read: Buffer = Buffer.alloc(0);
  const leave = (): void => exit(0);
  const onData = (chunk: Buffer): void => {
    read = read.length === 0 ? chunk : Buffer.concat([read, chunk]);
    const end = read.indexOf('\n');
    if (end < 0 && read.length < MOST_BYTES) return;
    stdin.pause().off('data', onData).off('end', leave).off('error', leave);
    const opening = end < 0 ? undefined : openingOf(read.toString('utf8', 0, end));
    stdin.unshift(read);
    if (opening !== undefined)
      stdout.once('error', () => {}).write(opening.response, (error) => void (error && leave()));
    serve(opening?.id);
  };
  stdin.on('data', onData).once('end', leave).once('error', leave);
}

import { type CauseFamily, familyOf, WORD } from './cause.ts';

const PATH = '([\\w@%+=.,/-]{1,512})';

/** Told by the outcome too, where the log says nothing of it. */
export const KERNEL_KILLED = 'the kernel killed a process because memory was short (free -m shows what is left)';

/** Disk, memory, handles and permissions. */
export const resources: CauseFamily = familyOf([
  [
    /\bENOSPC\b.{0,80}(?:watch|inotify)|inotify.{0,60}(?:No space left|limit)|file watchers reached/i,
    () => ({ why: 'no more files can be watched: the limit is reached (sysctl fs.inotify.max_user_watches)' }),
  ],
  [
    /\bENOSPC\b|No space left on device|There is not enough space on the disk|disk (?:is )?full|Disk quota exceeded|\bEDQUOT\b|database or disk is full/i,
    () => ({ spec: 'disk:100MiB', why: 'the disk is full, or a quota is reached' }),
  ],
  [
    /\bEMFILE\b|\bENFILE\b|Too many open files/i,
    () => ({ why: 'too many files are open at once: the limit is reached (ulimit -n)' }),
  ],
  [
    /JavaScript heap out of memory|Reached heap limit|Ineffective mark-compacts near heap limit/i,
    () => ({ why: 'Node.js ran out of its heap; --max-old-space-size in NODE_OPTIONS sets a larger one' }),
  ],
  [
    /java\.lang\.OutOfMemoryError|OutOfMemoryError: Java heap space|GC overhead limit exceeded/i,
    () => ({ why: 'Java ran out of its heap; -Xmx sets a larger one' }),
  ],
  [
    /\bMemoryError\b|Unable to allocate [\d.]+ [KMGT]iB|std::bad_alloc|\bENOMEM\b|Cannot allocate memory|fatal error: runtime: out of memory|memory allocation of \d+ bytes failed|DefaultCPUAllocator: (?:can't allocate|not enough) memory/i,
    () => ({ why: 'there is not enough memory (free -m shows what is left)' }),
  ],
  [
    /\bKilled signal terminated program|Out of memory: Killed process|\boom-kill(?:ed|er)?\b|OOMKilled|DataLoader worker .{0,40} killed by signal: Killed/i,
    () => ({ why: KERNEL_KILLED }),
  ],
  [/\bEROFS\b|Read-only file system/i, () => ({ spec: 'writable:.', why: 'a file system is read-only' })],
  [
    new RegExp(
      `(?:EACCES|EPERM): (?:permission denied|operation not permitted), (?:open|mkdir|unlink|rename|scandir|rmdir|access|copyfile|symlink) ${WORD}`,
      'i',
    ),
    denied,
  ],
  [new RegExp(`PermissionError: \\[Errno 1?[13]\\] Permission denied: ${WORD}`), denied],
  [
    new RegExp(
      `(?:cannot|can't|could not|failed to) (?:open|create|create directory|write(?: to)?|touch|remove|stat|access|make directory|mkdir) ${WORD}(?: for writing)?: Permission denied`,
      'i',
    ),
    denied,
  ],
  [new RegExp(`(?:open|mkdir|unlink|stat) ${PATH}: permission denied`), denied],
  [new RegExp(`AccessDeniedException: ${PATH}`), denied],
  [new RegExp(`FileNotFoundException: ${PATH} \\(Permission denied\\)`), denied],
  [
    /listen (?:EACCES|EPERM).{0,60}?:(\d{1,4})\b|bind.{0,60}:(\d{1,4})\b.{0,40}permission denied|:(\d{1,4}): bind: permission denied/i,
    (a, b, c) => ({
      spec: `port:${a || b || c}`,
      why: `port ${a || b || c} needs a privilege: ports below 1024 are for root`,
    }),
  ],
]);

function denied(path: string): { spec: string; why: string } {
  return { spec: `writable:${path}`, why: `${path} may not be read or written by this user` };
}

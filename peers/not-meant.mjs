/** For each peer, the cases that fail on purpose: what their names match, and why pm does something else. The first match counts. */
const NOT_MEANT = {
  'dumb-init': [
    [/rewrite_map[123]|overriden|ignored_signals/, 'pm run has no option that rewrites signals'],
    [
      /^proxies_signals/,
      'pm run passes on INT, as a terminal would, and then ends the whole tree; HUP, QUIT, USR1 and others end the call or nothing, and the job goes on',
    ],
    [
      /no_setsid|setsid_signals_entire_group/,
      'the job is no descendant of the call: who kills the tree of the call must not reach it. A stop always ends the whole tree',
    ],
    [/receive_term_on_exit/, 'what the command leaves running is ended after its exit; the call has ended by then'],
    [/bad_exec/, 'it exits with 127, but the message is that of pm'],
    [/^shell_background/, 'TSTP suspends the call, never the job: the job must not depend on the terminal'],
    [/^cwd/, 'the wrapper stays in the folder of the job, where a retry begins'],
    [/^tty/, 'a run has no terminal, so that it survives one'],
  ],
  coreutils: [
    [/large-parameters/, 'a limit of more than 36500 days is refused: a mistake, or none'],
    [/grep 'Broken pipe'|timeout\.status/, 'the job writes to its log, so a closed pipe of the call does not reach it'],
    [/compare exp err/, 'timeout --verbose prints the signals; pm tells the outcome'],
    [/timeout-group/, 'it needs --signal; pm run has no option for the first signal'],
  ],
};

/** Why a case is not meant to pass; undefined if it is. */
export function reasonOf(peer, name) {
  return NOT_MEANT[peer].find(([pattern]) => pattern.test(name))?.[1];
}

#!/bin/sh
# Runs a command and leaves sentinel files that say how it is doing: STEP.pid, .heartbeat, .log, and at the end .result, then .status.
#
#   sh this-file.sh COMMAND [ARG...]        in the background: ... & or your agent's way of starting things
#
# Wait for it with `pm wait STEP`, or look at the files: .status is SUCCESS or FAILED and the last to appear; .pid is this wrapper's,
# and a TERM to it ends the command. The command may write JSON to the file "$PM_RESULT"; it becomes .result if the command succeeds.
# For any POSIX shell: dash, bash, busybox ash. Nothing of `pm` has to be installed where it runs.
#
# It keeps less than `pm start` does. What is not promised:
#   - a verdict on the work: the heartbeat proves this wrapper alone, a command that hangs keeps it fresh
#   - a limit of time, unless somebody runs `pm wait` (30 min there, or --timeout); a limit that knows of suspended laptops
#   - an ending when this wrapper itself is SIGKILLed: `pm wait` then says lost, other readers see a heartbeat that grows old
#   - the whole tree: a TERM reaches the command and its process group, not what detached itself; `pm stop STEP` finds those too
#   - one run at a time: two wrappers under one name overwrite each other's files
#   - a history, a cap on the log, standard input, a SIGINT that the command notices, and (without setsid) a session of its own

step='job' # one name per piece of work: letters, digits, dots, dashes, underscores
dir='.pm'  # where the files go
beat=10    # seconds between two beats; a monitor calls it stale after 60, and this has to be less than half of that
grace=10   # seconds between the polite and the forceful signal

# read_stat PID: sets own, state and ppid. "self" is this very process, subshells included: read is a builtin.
read_stat() {
  own='' state='' ppid=''
  if [ -r /proc/self/stat ]; then
    stat=''
    { while read -r line; do stat="$stat$line "; done < "/proc/$1/stat"; } 2> /dev/null
    # shellcheck disable=SC2086 # split on purpose. The name before the last parenthesis may hold anything
    set -- "${stat%% *}" ${stat##*") "}
    own=$1 state=${2-} ppid=${3-}
  else
    [ "$1" = self ] && set -- "$(exec sh -c 'echo $PPID')"
    own=$1 state=$(ps -o state= -p "$1") ppid=$(($(ps -o ppid= -p "$1") + 0))
  fi
}

# is_child PID: true for a live child of ours. An unreaped child cannot be a reused pid; nothing else is signalled from here.
is_child() {
  read_stat "$1"
  case $state in '' | Z* | X*) return 1 ;; esac
  [ "$ppid" = "${2-$$}" ]
}

# put NAME TEXT: whole or not at all; whoever looks sees no half of it.
put() { echo "$2" > "$at.$1.new" && mv -f "$at.$1.new" "$at.$1"; }

# Ends by itself when the wrapper has gone, however it went: "kill -0" would believe a reused pid, and a zombie.
beats() {
  read_stat self && me=$own n=0
  trap 'is_child "$!" "$me" && kill "$!"; exit 0' TERM
  trap '' INT HUP
  while read_stat self && [ "$ppid" = "$$" ]; do
    echo "$n" > "$at.heartbeat"
    n=$((n + 1))
    sleep "$beat" &
    wait "$!"
  done
}

# TERM to the command and its group, KILL to what is left of them when the grace is over.
end_command() {
  ordered=yes left=$grace
  is_child "$command" || return
  kill -TERM "-$command" || kill -TERM "$command"
  kill -CONT "-$command" || kill -CONT "$command" # what is stopped can only die once it runs
  while is_child "$command" && [ "$left" -gt 0 ]; do
    sleep 1
    left=$((left - 1))
  done
  is_child "$command" && { kill -KILL "-$command" || kill -KILL "$command"; }
} 2> /dev/null

main() {
  [ $# -gt 0 ] || { echo "usage: sh $0 COMMAND [ARG...]" >&2 && exit 125; }
  set -u
  # For us alone: `pm` refuses a directory that others may write to.
  mask=$(umask) && umask 077
  [ -d "$dir" ] || { mkdir -p "$dir" && echo '*' > "$dir/.gitignore"; } || exit 125
  umask "$mask"
  dir=$(cd "$dir" && pwd) || exit 125
  at=$dir/$step ordered='' woken=0 command=''
  # Yesterday's files first, or they would speak of today; the .pid before the status, which without it is still known for yesterday's.
  # Removed, not emptied: they may be links into the records of `pm`.
  rm -f "$at.pid" "$at.status" "$at.result" "$at.heartbeat" "$at.log" "$at.result.new" || exit 125
  trap 'woken=$((woken + 1)) ordered=yes' TERM INT
  trap 'woken=$((woken + 1))' HUP # a terminal that closes is no reason to end
  put pid "$$" || exit 125
  beats > /dev/null 2>&1 &
  beater=$!
  export PM_STEP="$step" PM_DIR="$dir" PM_RESULT="$at.result.new"
  if command -v setsid > /dev/null; then set -- setsid "$@"; fi
  "$@" > "$at.log" 2>&1 < /dev/null &
  command=$!
  trap 'woken=$((woken + 1)); end_command' TERM INT
  [ -z "$ordered" ] || end_command # it came while the command was being started
  # A trap ends a wait, too; then the command is waited for again. Of signals in quick succession bash ends one wait more than it
  # runs traps: only a command that is gone has ended.
  seen=-1 code=127
  while [ "$seen" != "$woken" ] || is_child "$command"; do
    seen=$woken
    wait "$command"
    last=$?
    [ "$last" -eq 127 ] && [ "$seen" -gt 0 ] || code=$last # 127 of a second wait: the first one had its exit
  done
  trap '' TERM INT HUP
  # An ending that was ordered is no success, whatever the command exits with. The result first: the status says that all is there.
  if [ "$code" -eq 0 ] && [ -z "$ordered" ]; then
    if [ -s "$at.result.new" ]; then mv -f "$at.result.new" "$at.result"; else put result '{}'; fi
    put status SUCCESS
  else
    rm -f "$at.result.new"
    [ "$code" -ne 0 ] || code=143
    put status FAILED
  fi
  is_child "$beater" && kill "$beater"
  wait "$beater"
  exit "$code"
}
# The shell reads this file as it goes: one call on the last line, ending in exit, makes it safe to edit meanwhile.
main "$@"

#!/bin/sh
# Runs a command and writes status files: STEP.pid, .heartbeat, .log, and at the end .result, then .status.
#
#   sh this-file.sh COMMAND [ARG...]        start it in the background: with &, or as your agent does it
#
# Wait for it with `pm wait STEP`, or read the files. .status is SUCCESS, or FAILED and the exit code, and appears last. .pid is the pid of
# this wrapper; SIGTERM to it stops the command. The command may write JSON to the file "$PM_RESULT"; it becomes .result if the command succeeds.
# It runs in any POSIX shell: dash, bash, busybox ash. pm need not be installed on the machine.
#
# `pm conformance` says of it: level 3, the highest. It does less than `pm start` all the same. It does not provide:
#   - a test of the work: the heartbeat shows that this wrapper is alive, even if the command hangs
#   - a time limit, unless somebody runs `pm wait` (30 min, or --timeout), or one that leaves out the sleep of a laptop
#   - a status if this wrapper is killed with SIGKILL: `pm wait` then reports lost; other readers see an old heartbeat
#   - a stop of all processes: SIGTERM reaches the command and its process group, not detached processes; `pm stop STEP` finds those too
#   - protection against two runs: two wrappers with one name overwrite each other's files
#   - a history, a maximum size of the log, standard input, SIGINT for the command, or (without setsid) a session of its own

step='job' # the name of the step: letters, digits, dots, dashes, underscores
dir=''     # where the files go. '': in the folder that pm would use where this file is called, see find_dir
beat=10    # seconds between two heartbeats; a monitor calls it stale after 60, and it must be less than half of that
grace=10   # seconds between SIGTERM and SIGKILL

# Sets dir, by the rule of pm: PM_DIR, else the nearest .pm or pm.config.json inside the repository, else its root, else the nearest
# package.json or pyproject.toml, else here. So a copy in another place, or on another machine, needs no change.
find_dir() {
  dir=${PM_DIR-}
  [ -z "$dir" ] || return 0
  here=$(pwd -P) || return
  folder=${here%/} project=''
  while :; do
    if [ -d "$folder/.pm" ] || [ -e "$folder/pm.config.json" ] || [ -e "$folder/.git" ]; then break; fi
    if [ -e "$folder/package.json" ] || [ -e "$folder/pyproject.toml" ]; then project=${project:-$folder/}; fi
    [ -n "$folder" ] || { folder=${project:-$here} && break; }
    folder=${folder%/*}
  done
  dir=${folder%/}/.pm
}

# read_stat PID: sets own, state and ppid. "self" is the process that calls it, even in a subshell, because read is a builtin.
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

# is_child PID: true for a live child of this process. The pid of a child cannot be reused before it is reaped, so only children get signals.
is_child() {
  read_stat "$1"
  case $state in '' | Z* | X*) return 1 ;; esac
  [ "$ppid" = "${2-$$}" ]
}

# put NAME TEXT: writes a file at once, so that no reader sees a part of it.
put() { echo "$2" > "$at.$1.new" && mv -f "$at.$1.new" "$at.$1"; }

# Ends when the wrapper is gone, for whatever reason. It does not use "kill -0", which succeeds for a reused pid and for a zombie.
# It also ends when the status is there: a TERM that comes before its trap is lost.
beats() {
  read_stat self && me=$own n=0
  trap 'is_child "$!" "$me" && kill "$!"; exit 0' TERM
  trap '' INT HUP
  while read_stat self && [ "$ppid" = "$$" ] && [ ! -e "$at.status" ]; do
    echo "$n" > "$at.heartbeat"
    n=$((n + 1))
    sleep "$beat" &
    wait "$!"
  done
}

# Sends SIGTERM to the command and its group, and SIGKILL to what is left after the grace period.
end_command() {
  ordered=yes left=$grace
  is_child "$command" || return
  kill -TERM "-$command" || kill -TERM "$command"
  kill -CONT "-$command" || kill -CONT "$command" # a stopped process must run to end
  while is_child "$command" && [ "$left" -gt 0 ]; do
    sleep 1
    left=$((left - 1))
  done
  is_child "$command" && { kill -KILL "-$command" || kill -KILL "$command"; }
} 2> /dev/null

main() {
  [ $# -gt 0 ] || { echo "usage: sh $0 COMMAND [ARG...]" >&2 && exit 125; }
  set -u
  [ -n "$dir" ] || find_dir || exit 125
  case $dir in /*) ;; *) dir=$(pwd -P)/$dir || exit 125 ;; esac # else a CDPATH may lead elsewhere
  # Writable only by this user: pm refuses a directory that others can write to.
  mask=$(umask) && umask 077
  [ -d "$dir" ] || { mkdir -p "$dir" && echo '*' > "$dir/.gitignore"; } || exit 125
  umask "$mask"
  dir=$(cd "$dir" && pwd) || exit 125
  at=$dir/$step ordered='' woken=0 command=''
  # Remove the files of the previous run first. The .pid goes before the .status: a status without a pid belongs to the previous run.
  # They are removed, not emptied, because they may be links to records of pm.
  rm -f "$at.pid" "$at.status" "$at.result" "$at.heartbeat" "$at.log" "$at.result.new" || exit 125
  trap 'woken=$((woken + 1)) ordered=yes' TERM INT
  trap 'woken=$((woken + 1))' HUP # a closed terminal does not stop it
  put pid "$$" || exit 125
  beats > /dev/null 2>&1 &
  beater=$!
  export PM_STEP="$step" PM_DIR="$dir" PM_RESULT="$at.result.new"
  if command -v setsid > /dev/null; then set -- setsid "$@"; fi
  "$@" > "$at.log" 2>&1 < /dev/null &
  command=$!
  trap 'woken=$((woken + 1)); end_command' TERM INT
  [ -z "$ordered" ] || end_command # the signal came while the command was starting
  # A trap also ends a wait; then wait again. After several quick signals, bash ends one more wait than it runs traps: the command has
  # ended only if it is gone.
  seen=-1 code=127
  while [ "$seen" != "$woken" ] || is_child "$command"; do
    seen=$woken
    wait "$command"
    last=$?
    [ "$last" -eq 127 ] && [ "$seen" -gt 0 ] || code=$last # 127 from a second wait: the first one had the exit code
  done
  trap '' TERM INT HUP
  # A stopped command is no success, whatever its exit code. The result comes first: the status says that everything is there.
  if [ "$code" -eq 0 ] && [ -z "$ordered" ]; then
    if [ -s "$at.result.new" ]; then mv -f "$at.result.new" "$at.result"; else put result '{}'; fi
    put status SUCCESS
  else
    rm -f "$at.result.new"
    [ "$code" -ne 0 ] || code=143
    put status "FAILED $code"
  fi
  is_child "$beater" && kill "$beater"
  [ -e "$at.status" ] || kill -KILL "$beater" 2> /dev/null # a full disk: nothing else tells it
  wait "$beater"
  exit "$code"
}
# The shell reads this file while it runs. One call on the last line, which exits, makes it safe to edit the file meanwhile.
main "$@"

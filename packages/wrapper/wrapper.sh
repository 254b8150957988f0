#!/bin/sh
# One run of one command: beats, records pid, exit and ending, holds the deadline, keeps the log under its cap.
# Runs in the run's own folder (.pm/runs/<run id>): names are relative, so a renamed project changes nothing.
# usage: wrapper.sh SHELL BEAT_MS GRACE_MS LOG_CAP STEP RUN_ID DIR CWD CGROUP COMMAND [ARG...]
# For dash, bash from 3.2, busybox ash, mksh and ksh93. docs/reference/sentinel-directory.md says what each file means.

# stat_of PID: sets ppid and started. "self" is this very process, subshells included: read is a builtin.
stat_of() {
  if [ -r /proc/self/stat ]; then
    stat=
    { read -r stat < "/proc/$1/stat"; } 2>/dev/null
    # The name in parentheses may hold anything; nothing after the last one may.
    # shellcheck disable=SC2086 # split on purpose: proc(5) fields from the third on
    set -- ${stat##*") "}
    ppid=${2-} started=${20-}
  else
    [ "$1" = self ] && set -- "$(exec sh -c 'echo $PPID')"
    ppid=$(ps -o ppid= -p "$1" | tr -d ' ') started=$(LC_ALL=C ps -o lstart= -p "$1")
  fi
}

# An unreaped child of ours cannot be a reused pid. Nothing else is ever signalled from here.
is_child() {
  case $1 in '' | *[!0-9]*) return 1 ;; esac
  stat_of "$1" && [ "$ppid" = "$$" ]
}

# The wrapper holds the limit too, two beats and a grace later than any monitor; the first ending wins, link(2) replaces none.
hold_deadline() {
  v='' limit=none
  { read -r v limit < deadline; } 2>/dev/null
  # Ten digits (11 days) overflow mksh's 32-bit numbers with the sums below: such limits are the monitors' alone.
  case $limit in '' | *[!0-9]* | ??????????*) return ;; esac
  [ ! -e ending ] && [ "$v" = v1 ] && [ "$((beats * beat_ms))" -gt "$((limit + grace_ms + 2 * beat_ms))" ] || return
  echo "v1 timeout {\"by\":\"wrapper\",\"evidence\":\"$limit ms over by the wrapper's own beats\"}" > timeout && ln timeout ending
  rm -f timeout
}

# An ending without an exit is an order: whoever wrote it, finish the kill. The first beat leaves it to a monitor.
finish_kill() {
  [ -e ending ] && [ ! -e exit ] || return
  orders=$((orders + 1))
  [ "$orders" -gt 1 ] || return
  read -r pid < ./pid && is_child "$pid" || return
  if [ "$(((orders - 2) * beat_ms))" -ge "$grace_ms" ]; then
    kill -KILL "-$pid" || kill -KILL "$pid"
  else
    kill -TERM "-$pid" || kill -TERM "$pid"
    kill -CONT "-$pid" || kill -CONT "$pid"
  fi
}

# Keep the head and the tail of a log over its cap: a hole between them leaves offsets valid and the writer undisturbed.
cap_log() {
  size=$(($(wc -c < log)))
  [ "$size" -ge "$log_size" ] || echo "v1 job $log_size" > truncated
  log_size=$size
  [ "$size" -gt "$log_cap" ] || return
  keep=$((log_cap / 2)) to=$((size - log_cap / 2))
  if fallocate -p -o "$keep" -l "$((to - keep))" log; then
    echo "v1 cap $keep $to" > truncated
  else
    : > log && echo "v1 cap 0 $size" > truncated
    log_size=0
  fi
}

beat() {
  nap='' beats=0 orders=0 log_size=0
  trap '[ -n "$nap" ] && kill "$nap"; exit 0' TERM
  trap '' INT HUP QUIT
  # Ends with its parent; "kill -0" would believe a reused pid.
  while stat_of self && [ "$ppid" = "$$" ]; do
    echo "$beats" > heartbeat
    beats=$((beats + 1))
    hold_deadline
    finish_kill
    cap_log
    sleep "$beat_s" &
    nap=$!
    wait "$nap"
    nap=
  done
}

# Becomes the command: same pid, in a session of its own (a "kill 0" in the job must not reach the beat).
command_main() {
  step=$1 id=$2 dir=$3 cwd=$4 cgroup=$5 mask=$6
  shift 6
  [ -z "$cgroup" ] || echo 0 > "$cgroup/cgroup.procs"
  stat_of self
  echo "v1 $$ $started" > ./command
  echo "$$" > pid && ln pid "../../$step.pid"
  export PM_RUN_ID="$id" PM_STEP="$step" PM_DIR="$dir" PM_RESULT="$dir/runs/$id/result"
  # A terminated Python loses what it had buffered: 0 bytes logged.
  export PM_BEAT="$dir/runs/$id/beat" PM_PROGRESS="$dir/runs/$id/progress" PYTHONUNBUFFERED="${PYTHONUNBUFFERED-1}"
  # Variables that are no identifiers would be dropped by the shell; this file passes them through env(1).
  # shellcheck disable=SC1091 # begin writes it, only where it is needed
  [ ! -e environment ] || { . ./environment && rm environment; }
  umask "$mask"
  cd "$cwd" || exit 125
  if command -v setsid > /dev/null; then exec setsid "$@"; fi
  # shellcheck disable=SC2016 # perl's variable
  if command -v perl > /dev/null; then exec perl -e 'setpgrp; exec { $ARGV[0] } @ARGV; exit 127' "$@"; fi
  exec "$@"
}

wrapper_main() {
  set -u
  shell=$1 beat_ms=$2 grace_ms=$3 log_cap=$4 step=$5 id=$6 dir=$7 cwd=$8 cgroup=$9
  shift 9
  fraction=$((1000 + beat_ms % 1000))
  beat_s=$((beat_ms / 1000)).${fraction#1} mask=$(umask)
  umask 077
  trap : TERM INT HUP QUIT
  stat_of self
  echo "v1 $$ $started" > wrapper
  beat < /dev/null > /dev/null 2>&1 &
  beater=$!
  # The shell's own remarks ("Terminated") are no output of the command.
  exec 3>&2 2> /dev/null
  # In the foreground: "&" would start it with SIGINT ignored.
  "$shell" "$0" --command "$step" "$id" "$dir" "$cwd" "$cgroup" "$mask" "$@" 2>&3 3>&-
  code=$?
  exec < /dev/null > /dev/null 3>&-
  [ "$code" -gt 256 ] && code=$((code - 128)) # ksh93 reports signals as 256+n
  # A full disk delays the record, it does not lose it; a deleted folder ends the wait.
  until echo "v1 exit $code" > ./exit || [ ! -e run ]; do sleep "$beat_s"; done
  ln exit ending
  ln ending "../../ended/$id"
  is_child "$beater" && kill "$beater"
  wait "$beater"
  log_size=0 && cap_log
  read -r line < ./ending
  if [ "$line" = "v1 exit 0" ]; then
    if [ -s result ]; then ln result "../../$step.result"; else echo '{}' > no-result && ln no-result "../../$step.result"; fi
    echo SUCCESS > status
  else
    echo FAILED > status
  fi
  ln status "../../$step.status"
  exit 0
}

# The shell reads this file as it goes: one call on the last line, ending in exit, makes it safe to overwrite meanwhile.
main() {
  if [ "$1" = --command ]; then shift && command_main "$@"; else wrapper_main "$@"; fi
  exit
}
main "$@"

#!/bin/sh
# One run of one command: beats, records pid, exit and ending, holds the deadline, keeps the log under its cap, tries again.
# Runs in the run's own folder (.pm/runs/<run id>): names are relative, so a renamed project changes nothing.
# usage: wrapper.sh SHELL BEAT_MS GRACE_MS LOG_CAP ERRORS RETRIES PAUSES PAUSE_S STEP RUN_ID DIR CWD CGROUP COMMAND [ARG...]
# For dash, bash from 3.2, busybox ash, mksh and ksh93. docs/reference/sentinel-directory.md says what each file means.

# stat_of PID: sets own (that pid), ppid and started. "self" is this very process, subshells included: read is a builtin.
stat_of() {
  if [ -r /proc/self/stat ]; then
    stat=
    { while read -r line; do stat="$stat$line "; done < "/proc/$1/stat"; } 2>/dev/null
    # shellcheck disable=SC2086 # split on purpose: proc(5) fields from the third on. The name before may hold anything, newlines too
    set -- "${stat%% *}" ${stat##*") "}
    own=$1 ppid=${3-} started=${21-}
  else
    [ "$1" = self ] && set -- "$(exec sh -c 'echo $PPID')"
    own=$1 ppid=$(ps -o ppid= -p "$1" | tr -d ' ') started=$(LC_ALL=C ps -o lstart= -p "$1")
  fi
}

# is_child PID [PARENT]: an unreaped child of ours cannot be a reused pid. Nothing else is ever signalled from here.
is_child() {
  case $1 in '' | *[!0-9]*) return 1 ;; esac
  stat_of "$1" && [ "$ppid" = "${2-$$}" ]
}

# The wrapper holds the limit too, two beats and a grace later than any monitor; the first ending wins, link(2) replaces none.
hold_deadline() {
  [ -f deadline ] && read -r v limit < ./deadline || return # half a line is no limit
  # Ten digits (11 days) overflow mksh's 32-bit numbers with the sums below: such limits are the monitors' alone.
  case $limit in '' | *[!0-9]* | 0* | ??????????*) return ;; esac
  # Not once the command has ended: its exit may only be waiting for room on the disk.
  [ ! -e ending ] && [ ! -e exit ] && [ "$v" = v1 ] && [ "$((beats * beat_ms))" -gt "$((limit + grace_ms + 2 * beat_ms))" ] || return
  echo "v1 timeout {\"by\":\"wrapper\",\"evidence\":\"its limit of $limit ms is over, by the wrapper's own beats\"}" > timeout && ln timeout ending
  rm -f timeout
}

# An ending without an exit is an order: whoever wrote it, finish the kill. The first beat leaves it to a monitor.
finish_kill() {
  [ ! -e exit ] && [ -f ending ] && read -r v cause line < ./ending || return # a job may have put a FIFO there
  case "$v $cause" in 'v1 timeout' | 'v1 hung' | 'v1 cancelled') orders=$((orders + 1)) ;; *) return ;; esac # malformed: no order
  [ "$orders" -gt 1 ] && read -r pid < ./pid && is_child "$pid" || return
  if [ "$(((orders - 2) * beat_ms))" -ge "$grace_ms" ]; then set -- KILL; else set -- TERM CONT; fi
  for signal; do kill "-$signal" "-$pid" || kill "-$signal" "$pid"; done
}

# cap FILE RECORD SIZE_BEFORE: keeps a log's head and tail; a hole between them leaves offsets valid and the writer undisturbed.
cap() {
  size=0 keep=$((log_cap / 2)) by='' cut=''
  [ -f "$1" ] || return # asked again: a job may have put a FIFO there since
  size=$(($(wc -c < "$1") + 0)) || return # gone meanwhile: that is no cut
  [ ! -e "$1.$attempt" ] || return # set aside meanwhile: what was measured may have been either
  [ "$size" -ge "$3" ] || note_cut "$2" job "$3" # it reopened its own output
  { read -r v by v cut < "$2"; } 2>/dev/null
  [ "$by" = cap ] || cut=$keep
  # The last time the note is not believed: the beat may have been ended before it made its hole.
  [ "$((size - ${last:-$cut}))" -gt "$keep" ] || return
  # Noted first: a reader that looks at the note after it has read never takes the hole for output.
  note_cut "$2" cap "$keep $((size - keep))"
  fallocate -p -o "$keep" -l "$((size - 2 * keep))" "$1" && return
  # No hole to be had in place: cut the tail off, and let it begin anew where it would have gone on; not the last time.
  [ -z "$last" ] || { note_cut "$2" cap "$keep $cut" && return; }
  note_cut "$2" cap "$keep $size" && dd if=/dev/null of="$1" bs=1 seek="$keep" || return
  dd if=/dev/zero of="$1" bs=1 count=1 seek="$((size - 1))" conv=notrunc # never shorter: its writer may have filled it meanwhile
}
note_cut() { echo "v1 $2 $3" > "$1.new" && mv -f "$1.new" "$1"; }
# may_have_grown FILE: false if it is older than the last beat; where only seconds are compared, it is more often true. At beats 1, 11, 21
# and so on true in any case: it may have grown between the comparing and the beat (at beat 0 nothing is compared), or a job has set its time back.
# shellcheck disable=SC3013 # each of our shells has -nt
may_have_grown() { [ -f "$1" ] && { [ -n "$last" ] || ! [ heartbeat -nt "$1" ] || [ "$beats" != "${beats%1}" ]; }; }
find_grown() { grown=''; for name in log errors; do ! may_have_grown "$name" || grown="$grown $name"; done; }
cap_logs() {
  case $grown in *log*) cap log truncated "$log_size"; log_size=$size ;; esac # measuring takes a process
  case $grown in *errors*) cap errors errors-truncated 0 ;; esac
  while [ -e "log.$attempt" ]; do attempt=$((attempt + 1)) log_size=0; done # the beat's own count
}

beat() {
  exec < /dev/null > /dev/null 3>&- && beats=0 orders=0 log_size=0 last='' grown=''
  stat_of self && me=$own
  trap 'is_child "$!" "$me" && kill -KILL "$!"; exit 0' TERM
  trap '' INT HUP QUIT
  # Ends with its parent; "kill -0" would believe a reused pid. And with the command or the folder: ksh93 loses a TERM in 400.
  while stat_of self && [ "$ppid" = "$$" ] && [ -e run ] && [ ! -s exit ]; do
    # Compared just before the beat, measured after it: what is written while it is measured is no older than the beat, and found at the next.
    [ "$beats" = 0 ] || find_grown
    # In place: a full disk takes what is truncated and gives nothing back. Anew only if somebody has left more there.
    echo "$beats" 1<> heartbeat
    [ ! -f heartbeat ] || { read -r line && ! read -r line && [ -z "$line" ]; } < ./heartbeat || echo "$beats" > heartbeat
    beats=$((beats + 1))
    [ -s exit ] || cap_logs # once it has ended, the wrapper does: without holes, this would cut off the last lines
    hold_deadline
    finish_kill
    sleep "$beat_s" &
    wait "$!"
  done
}

# find_tool NAME: sets tool to what runs NAME, also where the PATH of the command does not lead to it.
find_tool() {
  tool=$1
  command -v "$1" > /dev/null || tool=$(PATH=$PATH:/usr/bin:/bin; command -v "$1")
}

# Becomes the command: same pid, in a session of its own (a "kill 0" in the job must not reach the beat).
become_command() {
  stat_of self
  # ksh93 forks no subshell before it must: there, another shell becomes the command.
  [ "$own" != "$wrapper" ] ||
    exec "$shell" "$0" --command "$step" "$id" "$dir" "$cwd" "$mask" "$path" "$cgroup" "$retries" "$code" "$@" 2>&3 3>&-
  echo "$own" > pid && ln pid "../../$step.pid"
  echo "v1 $own $started" > "./command${code:+.new}"
  [ -z "$code" ] || mv -f command.new command
  # After the record: who ends the run from now on finds us there. A first attempt may find itself stopped, or given up for never started.
  [ ! -e ending ] && [ ! -e outcome ] || exit "${code:-143}"
  [ -z "$code" ] || [ -z "$cgroup" ] || echo "$own" > "$cgroup/cgroup.procs"
  export PM_RUN_ID="$id" PM_STEP="$step" PM_DIR="$dir" PM_RESULT="$dir/runs/$id/result"
  # A terminated Python loses what it had buffered: 0 bytes logged.
  export PM_BEAT="$dir/runs/$id/beat" PM_PROGRESS="$dir/runs/$id/progress" PYTHONUNBUFFERED="${PYTHONUNBUFFERED-1}"
  # shellcheck disable=SC1091 # written where needed: it passes on, through env(1), what the shell would drop or change
  [ ! -e environment ] || { . ./environment && { [ "$retries" -gt 0 ] || rm environment; }; }
  umask "$mask"
  PATH=$path
  cd "$cwd" 2>&3 || exit 125
  find_tool setsid && exec "$tool" "$@" 2>&3 3>&-
  # shellcheck disable=SC2016 # perl's variable
  find_tool perl && exec "$tool" -e 'setpgrp; exec { $ARGV[0] } @ARGV; exit 127' "$@" 2>&3 3>&-
  exec "$@" 2>&3 3>&-
}

# After a failed attempt: rests, and sets aside what it leaves as log.1, exit.1, … False if no other is to follow.
# shellcheck disable=SC3013 # each of our shells has -ef; the flat names may be another container's by now
next_attempt() {
  # Final are also 126 and 127 (could not be executed), and what kill(1), a terminal or a shutdown ends (HUP, INT, QUIT, TERM).
  case $code in 0 | 12[679] | 13[01] | 143) return 1 ;; esac
  [ "$attempt" -le "$retries" ] && [ ! -e ending ] && [ ! -e outcome ] || return
  echo "v1 exit $code" > "exit.$attempt"
  [ pid -ef "../../$step.pid" ] && rm "../../$step.pid"; rm -f pid # who has it from now on is a stranger
  while [ -e run ] && [ ! -e ending ] && [ "$paused" -lt "$pauses" ]; do sleep "$pause_s"; paused=$((paused + 1)); done
  [ -e run ] && [ ! -e ending ] || return
  log_size=0 last=$((log_cap / 2)) && find_grown && cap_logs
  for name in log "$errors"; do true > "$name.new" && ln "$name" "$name.$attempt"; done # from now on the beat lets them be
  for name in truncated errors-truncated result progress; do [ ! -e "$name" ] || mv -f "$name" "$name.$attempt"; done
  for name in log "$errors"; do [ ! -e "$name.new" ] || mv -f "$name.new" "$name"; done
  [ "log.$attempt" -ef "../../$step.log" ] && ln -f log "../../$step.log"
  [ -w log ] && exec >> ./log 3>> "./$errors"
  echo "v1 $((attempt + 1))" > attempt.new && mv -f attempt.new attempt; attempt=$((attempt + 1)) paused=0
}

wrapper_main() {
  set -u
  shell=$1 beat_ms=$2 grace_ms=$3 log_cap=$4 errors=$5 retries=$6 pauses=$7 pause_s=$8 step=$9
  id=${10} dir=${11} cwd=${12} cgroup=${13} attempt=1 paused=0 code='' && shift 13
  fraction=$((1000 + beat_ms % 1000))
  beat_s=$((beat_ms / 1000)).${fraction#1} mask=$(umask) path=${PATH-} wrapper=$$
  umask 077
  PATH=$path:/usr/bin:/bin # ours; without sleep and ln no run would have a beat or an ending
  stat_of self && echo "v1 $$ $started" > ./wrapper
  beat & beater=$!
  trap : TERM INT HUP QUIT # not before: a TERM that meets a fork with a handler, and no trap of its own yet, is lost
  while
    # In the foreground: "&" would start it with SIGINT ignored.
    (become_command "$@")
    code=$?
    [ "$code" -gt 256 ] && code=$((code - 128)) # ksh93 reports signals as 256+n
    next_attempt
  do :; done
  exec < /dev/null > /dev/null 3>&-
  if [ -h exit ] || { [ -e exit ] && [ ! -f exit ]; }; then rm -rf exit; fi # of the job: a FIFO would hold us, a link lead elsewhere
  # A full disk delays the record, it does not lose it; a deleted folder ends the wait.
  until echo "v1 exit $code" > ./exit || [ ! -e run ]; do sleep "$beat_s"; done
  ln exit ending
  [ -f ending ] && read -r line < ./ending || line=''
  if [ "$line" = "v1 exit 0" ]; then
    if [ -s result ] && [ ! -h result ]; then ln result "../../$step.result"; else echo '{}' > no-result && ln no-result "../../$step.result"; fi
    echo SUCCESS > status
  else
    echo FAILED > status
  fi
  ln status "../../$step.status"
  ln ending "../../ended/$id"
  [ ! -e environment ] || rm environment
  is_child "$beater" && kill "$beater"
  wait "$beater"
  log_size=0 last=$((log_cap / 2)) && find_grown && cap_logs
  [ -z "$cgroup" ] || rmdir "$cgroup"; exit 0
}

# The shell reads this file as it goes: one call on the last line, ending in exit, makes it safe to overwrite meanwhile.
main() {
  exec 3>&2 2> /dev/null # the shell's own remarks ("Terminated") are no output of the command
  [ "$1" = --command ] || wrapper_main "$@"
  step=$2 id=$3 dir=$4 cwd=$5 mask=$6 path=$7 cgroup=$8 retries=$9 code=${10} wrapper='' && shift 10 && become_command "$@"
  exit
}
main "$@"

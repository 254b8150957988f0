#!/bin/sh
# Supervises one run of one command: writes its heartbeat, records its pid, exit and ending, enforces the deadline if no
# monitor does, keeps its logs under their cap, and starts a command again that has failed.
#
# usage: wrapper.sh SETTING=VALUE... -- COMMAND [ARG...]
#
# The working directory is the folder of the run (.pm/runs/<run id>). Its names are relative, so the project may be
# renamed while the run goes on. docs/reference/sentinel-directory.md says what each file means.
# The job may write into this folder as well. A file that is read here may be missing, garbage, a gigabyte, or a FIFO. If
# somebody deletes the folder, the limit and a stop stay in memory.
# It runs under dash, bash from 3.2, busybox ash, mksh and ksh93.
# The reasons: contributing/decisions/2026-11-23-posix-shell-wrapper.md, 2026-11-23-attempts-in-the-wrapper.md and
# contributing/decisions/2026-11-29-restart-is-attempts.md.

# ---- Settings

# read_settings SETTING=VALUE... -- ...: sets one variable for each setting, and words to how many
# arguments to shift.
# They are arguments and not a file: no job can change them and no full disk can lose them. It is also faster: dash
# takes 0.05 ms for these, and 0.25 ms for a file, because it reads a file byte by byte.
read_settings() {
  words=1
  while [ "${1-}" != -- ]; do
    case ${1-} in
      step=*) step=${1#*=} ;;
      run_id=*) run_id=${1#*=} ;;
      dir=*) dir=${1#*=} ;;             # the sentinel directory, absolute
      cwd=*) cwd=${1#*=} ;;             # where the command runs
      cgroup=*) cgroup=${1#*=} ;;       # the cgroup of the run, or empty
      oom=*) oom=${1#*=} ;;             # the kernel's file that counts OOM kills, or empty
      errors=*) errors=${1#*=} ;;       # the file of standard error: log or errors
      gated=*) gated=${1#*=} ;;         # 1 if other processes may start this run as well, see enter_gate
      beat_ms=*) beat_ms=${1#*=} ;;     # from one heartbeat to the next
      grace_ms=*) grace_ms=${1#*=} ;;   # from TERM to KILL
      limit=*) limit=${1#*=} ;;         # ms of awake time, or empty; until the deadline says another one
      lease=*) lease=${1#*=} ;;         # until when it may go on, and when that was said; or empty, see set_lease
      log_cap=*) log_cap=${1#*=} ;;     # bytes that a log may keep
      retries=*) retries=${1#*=} ;;     # attempts after the first; with restart: failures in a row that are forgiven
      pauses=*) pauses=${1#*=} ;;       # the backoff between two attempts: this many sleeps
      pause_s=*) pause_s=${1#*=} ;;     # of this many seconds each
      restart=*) restart=${1#*=} ;;     # on-failure, always, or empty. Only then the next three count:
      pause_cap=*) pause_cap=${1#*=} ;; # the backoff doubles up to this many sleeps
      healthy=*) healthy=${1#*=} ;;     # an attempt that has lived for so many beats was healthy
      kept=*) kept=${1#*=} ;;           # attempts that keep their logs, beside the present one
      shell=*) shell=${1#*=} ;;         # the shell that runs this file
      old_pwd=*) old_pwd=${1#*=} ;;     # OLDPWD of the command, or empty
      record=*) ;;                      # the run record without argv, for whoever has to write it anew
      starter=*) starter=${1#*=} ;;     # the pid of the shell that waits for this one, see leave_starter
      # With --command only:
      umask=*) umask=${1#*=} ;;         # the command's
      path=*) path=${1#*=} ;;           # the command's PATH
      exit_code=*) exit_code=${1#*=} ;; # of the attempt before, or empty
      wrapper=*) wrapper=${1#*=} ;;     # its pid
      *)
        echo "wrapper.sh: this is not a setting: ${1-}" >&2
        exit 2
        ;;
    esac
    words=$((words + 1))
    shift
  done
}

# ---- Processes

# Sets processes to how they are looked at: by /proc, by ps(1), or not at all. In a pid namespace that was given no /proc
# of its own, both show the processes of another one.
# If ps shows nothing, not even this process (no /proc in a chroot), read_process sets processes to none.
find_processes() {
  processes=ps own_pid=''
  if [ -r /proc/self/stat ]; then
    read -r own_pid line < /proc/self/stat
    if [ "$own_pid" = "$$" ]; then processes=proc; else processes=none; fi
  fi
}

# read_process PID: sets own_pid (that pid), parent and started. "self" is the calling process, also in a subshell,
# because read is a builtin.
read_process() {
  if [ "$processes" = proc ]; then
    stat=''
    { while read -r line; do stat="$stat$line "; done < "/proc/$1/stat"; } 2> /dev/null
    # The fields of proc(5) from the third on. The second is a name in parentheses that may hold anything, newlines too.
    # shellcheck disable=SC2086 # split on purpose
    set -- "${stat%% *}" ${stat##*") "}
    own_pid=$1 state=${2-} parent=${3-} started=${21-}
    return
  fi
  state=''
  if [ "$1" = self ]; then set -- "$(exec sh -c 'echo $PPID')"; fi
  own_pid=$1
  if [ "$processes" = ps ]; then
    parent=$(ps -o ppid= -p "$1" | tr -d ' ') started=$(LC_ALL=C ps -o lstart= -p "$1")
    if [ -n "$started" ] || [ "$1" != "$$" ]; then return; fi
    processes=none # no ps here, or no /proc for it: not even this process is shown
  fi
  if kill -0 "$1"; then
    parent=unknown started=unknown # only the processes of this run are asked for
  else
    parent='' started=''
  fi
}

# is_child PID [PARENT]: true for a child that was not waited for. Its pid cannot belong to another process yet.
# No other process is ever signalled from here, but for kill_marked.
is_child() {
  case $1 in '' | *[!0-9]*) return 1 ;; esac
  read_process "$1"
  if [ "$processes" = none ]; then [ -n "$parent" ]; else [ "$parent" = "${2-$$}" ]; fi
}

# Sets pid to the command, or to nothing. Its record may be deleted, or changed by the job.
find_command() {
  if is_child "$pid"; then return; fi
  pid=''
  if read_record pid; then
    pid=$line
    is_child "$pid" || pid=''
  fi
  if [ -n "$pid" ] || [ "$((beats + looked))" -lt 2 ] || [ "$processes" != proc ]; then return; fi
  if is_there && [ -e command ]; then return; fi
  for name in /proc/[0-9]*; do
    name=${name#/proc/}
    if [ "$name" != "$beater" ] && is_child "$name"; then pid=$name; fi
  done
}

# The folder could not be written to when the command began. Without these records nobody would see it hang.
record_late() {
  if [ "$beats" -lt 2 ] || [ -e command ] || ! is_child "$pid"; then return; fi
  echo "$pid" > ./pid && ln pid "../../$step.pid"
  echo "v1 $pid $started" > ./command
}

# find_tool NAME: sets tool to what runs NAME, also if the PATH of the command does not lead to it.
find_tool() {
  tool=$1
  command -v "$1" > /dev/null || tool=$(PATH=$PATH:/usr/bin:/bin; command -v "$1")
}

# ---- Records

# False once the folder was deleted. In a folder that may not be searched nothing can be seen.
is_there() {
  [ -e run ] || [ -h run ] || [ ! -x . ]
}

# read_record NAME: sets line to the first line of a small file. False for anything else that the job may have put there.
read_record() {
  line=''
  [ -f "$1" ] && [ "$(wc -c < "$1")" -lt 4096 ] && read -r line < "./$1"
}

# reclaim NAME...: removes what is no regular file. The job has put it there: a FIFO would block us, a link would lead
# elsewhere. "replaced" names the first one, so that nobody takes the end of such a run for a success.
reclaim() {
  for name; do
    if [ -h "$name" ] || { [ -e "$name" ] && [ ! -f "$name" ]; }; then
      rm -rf "$name"
      if [ ! -e replaced ] && [ ! -h replaced ]; then echo "v1 $name" > replaced; fi
    fi
  done
}

# The records were deleted, and made anew at the same path by a monitor that has found the run by its processes.
# Why: contributing/decisions/2026-11-29-deleted-records.md
rejoin() {
  if is_there || [ ! -e "$dir/runs/$run_id/run" ]; then return; fi
  cd "$dir/runs/$run_id" || return
}

# ---- Deadline and termination

# Sets limit to what the deadline says. What says nothing changes nothing, so a deleted limit stays.
read_limit() {
  read_record deadline || return
  case $line in
    'v1 none') limit='' ;;
    # Ten digits (11 days) overflow the 32-bit numbers of mksh in the sum below. Only monitors enforce such limits.
    'v1 '*[!0-9]* | 'v1 0'* | 'v1 ' | 'v1 '??????????*) ;;
    'v1 '*) limit=${line#v1 } ;;
  esac
}

# Creates the ending "timeout" two beats and a grace after the limit, so that a monitor is always first.
enforce_deadline() {
  if [ -z "$limit" ] || [ "$((beats * beat_ms))" -le "$((limit + grace_ms + 2 * beat_ms))" ]; then return; fi
  # The command has ended in time, but its exit cannot be written yet. Between two attempts it would be written.
  if [ -z "$pid" ] && [ ! -e "exit.$attempt" ]; then return; fi
  if [ -e ending ] || [ -h ending ] || [ -e exit ]; then return; fi
  if is_there; then
    if [ "$limit" -lt 10000 ]; then set -- "${limit}ms"; else set -- "$((limit / 1000))s"; fi
    order_ending timeout "its limit of $1 is over; its wrapper has counted" timeout
  else
    order=timeout
  fi
}

# order_ending CAUSE EVIDENCE NAME: creates the ending, by a file of this name. On a full disk that is the room which the
# run has reserved. link(2) never replaces an ending: the first one wins.
order_ending() {
  reclaim "$3"
  set -- "$3" "v1 $1 {\"by\":\"wrapper\",\"evidence\":\"$2\"}"
  { echo "$2" > "$1" || use_reserve "$1" "$2"; } && ln "$1" ending
  rm -f "$1"
}

# use_reserve NAME TEXT: overwriting in place takes no new room. What is behind the text is cut off.
use_reserve() {
  if [ -h reserve ] || [ ! -f reserve ]; then return 1; fi
  mv -f reserve "$1" && echo "$2" 1<> "$1" && dd if=/dev/null of="$1" bs=1 seek="$((${#2} + 1))"
}

# Sets order to the cause of an ending that somebody has to carry out. Once read it stays, even if the record is deleted.
read_order() {
  if [ -n "$order" ] || ! read_record ending; then return; fi
  case $line in
    'v1 timeout '*) order=timeout ;;
    'v1 hung '*) order=hung ;;
    'v1 lost '*) order=lost ;;
    'v1 cancelled '*) order=cancelled ;; # a malformed ending orders nothing
  esac
}

# An ending without an exit is an order to terminate the command. Whoever wrote it may be gone, so the wrapper does it:
# not at the first beat, which is left to a monitor, then with TERM, and with KILL when the grace is over.
carry_out_ending() {
  if [ -e exit ]; then return; fi
  read_order
  if [ -z "$order" ]; then return; fi
  ordered_beats=$((ordered_beats + 1))
  if [ "$ordered_beats" -le 1 ] || [ -z "$pid" ]; then return; fi
  if [ "$order" != lost ] && [ "$(((ordered_beats - 2) * beat_ms))" -lt "$grace_ms" ]; then
    set -- TERM CONT
  else
    set -- KILL
    if [ -n "$cgroup" ]; then echo 1 > "$cgroup/cgroup.kill"; fi # nothing else knows what has left its group
  fi
  for signal; do
    is_child "$pid" && { kill "-$signal" "-$pid" || kill "-$signal" "$pid"; }
  done
}

# After an order the whole tree has to go. A monitor looks for it, unless /proc is that of another pid namespace. When the
# lease is over nobody waits for a monitor.
end_the_rest() {
  read_order
  if [ "$processes" = none ] && [ -n "$order" ] && [ -n "$cgroup" ]; then echo 1 > "$cgroup/cgroup.kill"; fi
  if [ -z "$order" ] || ! is_lease_over; then return; fi
  rounds=50 # a job may start processes faster than they are killed
  while [ "$rounds" -gt 0 ] && kill_marked; do rounds=$((rounds - 1)); done
}

# ---- Lease

# A run under a lease belongs to a worker on this host. It may go on until an instant of the boot clock, which that worker
# moves as long as it is sure of the run. After that nothing of the run may live, whoever else is dead.
# Why: contributing/decisions/2026-11-29-a-lease-ends-with-its-evidence.md

# set_lease "UNTIL SAID_AT": both in ms, of 4 to 12 digits. They are kept in whole seconds, because mksh counts in 32 bits,
# and for UNTIL also "1" and the three digits behind: without the "1" some shells would take them for an octal number.
# What is no lease changes nothing.
set_lease() {
  case $1 in
    *[!0-9\ ]* | *\ *\ * | 0* | *\ 0* | ?????????????*\ * | *\ ?????????????*) ;;
    ????*\ ????*)
      lease_s=${1% *} said_s=${1#* }
      lease_ms=1${lease_s#"${lease_s%???}"}
      lease_s=${lease_s%???} said_s=${said_s%???}
      ;;
  esac
}

# Sets now_s and now_ms to the boot clock, in the same form. It counts the sleep of the machine.
# As Node does it: see packages/process/src/platform/boot-clock.ts.
read_boot_clock() {
  if [ -r /proc/uptime ]; then
    read -r now_s line < /proc/uptime
    case $now_s in *[0-9].[0-9][0-9]) ;; *) return 1 ;; esac
    now_ms=1${now_s#*.}0
    now_s=${now_s%.*}
    return
  fi
  now_s=$(sysctl -n kern.boottime) # { sec = 1764400000, usec = 123456 } and the date
  now_s=${now_s#*sec = }
  now_s=${now_s%%,*}
  case $now_s in '' | *[!0-9]*) return 1 ;; esac
  now_s=$(($(date +%s) - now_s)) now_ms=1000
}

# True for a run under a lease that is over. The clock is read first: if this process is suspended in between, the lease can
# only look longer than it is. What cannot be read changes nothing, so the lease that was read last counts.
is_lease_over() {
  [ -n "$lease" ] && read_boot_clock || return
  if read_record lease; then case $line in 'v1 '*) set_lease "${line#v1 }" ;; esac fi
  [ "$now_s" -gt "$lease_s" ] || { [ "$now_s" -eq "$lease_s" ] && [ "$now_ms" -ge "$lease_ms" ]; }
}

# lose NAME: orders the end of the run, because its lease is over.
lose() {
  order_ending lost "its worker has not extended its lease for $((now_s - said_s))s" "$1"
}

# Kills the whole tree once the lease is over, without a grace, whatever ending is on record. A command that has ended by
# itself keeps its exit.
enforce_lease() {
  if ! is_lease_over; then return; fi
  follow_attempts
  if [ -e exit ] || { [ -z "$pid" ] && [ ! -e "exit.$attempt" ]; }; then return; fi
  if ! is_there; then order=lost; elif [ ! -e ending ] && [ ! -h ending ]; then lose lost; fi
  kill_tree
}

# The command goes last: when it is gone, the wrapper ends this process.
kill_tree() {
  if [ -n "$cgroup" ]; then echo 1 > "$cgroup/cgroup.kill"; fi
  kill_marked
  is_child "$pid" && { kill -KILL "-$pid" || kill -KILL "$pid"; }
}

# Kills each process that has the id of the run in its environment. False if there was none. The dead have no environment.
kill_marked() {
  if [ "$processes" != proc ]; then return 1; fi
  set --
  # shellcheck disable=SC2013 # no word of these paths has a space
  for name in $(grep -lszxF -e "PM_RUN_ID=$run_id" /proc/[0-9]*/environ); do
    name=${name#/proc/}
    set -- "$@" "${name%/environ}"
  done
  if [ $# = 0 ]; then return 1; fi
  kill -KILL "$@"
  return 0
}

# ---- Log cap

# cap_log FILE NOTE SIZE_BEFORE: keeps the head and the tail of a log over its cap and frees what is between them.
# Offsets stay valid and the writer is not disturbed. NOTE records which bytes were dropped.
cap_log() {
  size=0 keep=$((log_cap / 2)) by='' cut=''
  [ -f "$1" ] || return # asked again: a job may have put a FIFO there since
  # Most logs are empty, and wc is a process.
  if [ -s "$1" ]; then size=$(($(wc -c < "$1") + 0)) || return; fi
  [ -f "$1" ] || return # it has gone meanwhile: that is no cut
  # Set aside meanwhile by the next attempt: nobody knows which of the two logs was measured.
  if [ -e "$1.$attempt" ]; then return; fi
  if [ "$size" -lt "$3" ]; then write_note "$2" job "$3"; fi # the job reopened its own output
  if read_record "$2"; then
    by=${line#v1 } cut=${line##* }
    by=${by%% *}
  fi
  # A job may have written into the note. What is no number, or too large a one for dash, would end the heartbeat by an
  # error in the sum below.
  case $cut in '' | *[!0-9]* | 0?* | ????????????????*) by='' ;; esac
  # The beat may have been ended between a note about the log of the attempt before and the check that takes it back.
  if [ -n "$final" ] && [ "$attempt" -gt 1 ] && [ "$by" = cap ] && [ "$cut" -gt "$size" ]; then
    rm -f "$2"
    by=''
  fi
  if [ "$by" != cap ]; then cut=$keep; fi
  # After the end the note is not believed: the beat may have been ended before it punched the hole that it noted.
  if [ -n "$final" ]; then tail_from=$keep; else tail_from=$cut; fi
  if [ "$((size - tail_from))" -gt "$keep" ]; then cut_log "$1" "$2"; fi
}

# cut_log FILE NOTE: punches the hole, or else cuts off the tail. Uses size, keep, cut and final of cap_log.
cut_log() {
  # The note comes first: a reader that looks at the note after the log never takes the hole for output.
  write_note "$2" cap "$keep $((size - keep))"
  # Set aside since it was measured, and its note with it: the next attempt would seem to be cut.
  if [ -z "$final" ] && [ -e "$1.$attempt" ]; then
    if [ -e "$2.$attempt" ]; then rm -f "$2"; fi
    return
  fi
  if fallocate -p -o "$keep" -l "$((size - 2 * keep))" "$1"; then return; fi
  # This file system punches no holes. A log that still grows loses its tail and goes on at the offset where it was.
  # One that has ended keeps its last lines.
  if [ -n "$final" ]; then
    write_note "$2" cap "$keep $cut"
    return
  fi
  write_note "$2" cap "$keep $size" || return
  dd if=/dev/null of="$1" bs=1 seek="$keep" || return
  # conv=notrunc: its writer may have made it longer again meanwhile.
  dd if=/dev/zero of="$1" bs=1 count=1 seek="$((size - 1))" conv=notrunc
}

# write_note NOTE KIND NUMBERS: replaces the note as a whole.
write_note() {
  reclaim "$1" "$1.new"
  echo "v1 $2 $3" > "$1.new" && mv -f "$1.new" "$1"
}

# may_have_grown FILE: false if it is older than the last beat. Shells that compare whole seconds say yes more often.
# Beats 1, 11, 21 and so on always say yes: the log may have grown between the comparison and the beat (the first beat
# compares nothing), or the job has set its time back.
# shellcheck disable=SC3013 # each of our shells has -nt
may_have_grown() {
  [ -f "$1" ] || return
  [ -n "$final" ] || ! [ heartbeat -nt "$1" ] || [ "$beats" != "${beats%1}" ]
}

# Sets grown to the logs that have to be measured. Measuring takes a process, comparing times does not.
find_grown_logs() {
  grown=''
  for name in log errors; do
    if may_have_grown "$name"; then grown="$grown $name"; fi
  done
}

cap_logs() {
  case $grown in *log*) cap_log log truncated "$log_size"; log_size=$size ;; esac
  case $grown in *errors*) cap_log errors errors-truncated 0 ;; esac
}

# After the command has ended, or an attempt of it: cuts once more what has grown since the last beat.
cap_final_logs() {
  final=yes log_size=0
  find_grown_logs
  cap_logs
}

# ---- Heartbeat

# Writes in place: on a full disk a truncated file cannot be filled again. Every tenth beat but the first one looks whether
# somebody has left more in it, and then writes it anew: looking takes a process.
write_heartbeat() {
  reclaim heartbeat
  echo "$beats" 1<> heartbeat
  [ -f heartbeat ] || return
  case $beats in
    [1-9]*0) [ "$(wc -c < heartbeat)" -eq "$((${#beats} + 1))" ] || echo "$beats" > heartbeat ;;
  esac
}

# The loop ends with its parent, which "kill -0" would not notice if the pid was used again. It also ends with the
# command, because ksh93 loses one TERM in 400.
is_supervising() {
  read_process self
  if [ -s exit ]; then return 1; fi
  if [ "$processes" = none ]; then kill -0 "$$" || return; else [ "$parent" = "$$" ] || return; fi
  is_there || [ "$beats" -le 1 ] || [ -n "$pid" ]
}

# A process of its own beside the command.
beat() {
  exec < /dev/null > /dev/null 3>&-
  beats=0 looked=0 ordered_beats=0 log_size=0 grown='' final='' order='' pid='' moved=''
  case $limit in *[!0-9]* | 0* | ??????????*) limit='' ;; esac
  read_process self
  beater=$own_pid
  trap 'is_child "$!" "$beater" && kill -KILL "$!"; exit 0' TERM
  trap '' INT HUP QUIT
  while is_supervising; do
    # Times are compared just before the beat, and logs measured after it: what is written while a log is measured is no
    # older than the beat and is found at the next one.
    rejoin
    if [ "$beats" != 0 ]; then
      find_grown_logs
      moved=''
      if may_have_grown deadline; then moved=yes; fi
    fi
    write_heartbeat
    beats=$((beats + 1))
    # Nothing is done to the command in the first beat, and its limit is as it was started: reading a record takes a process.
    # Without /proc its pid cannot be found later, if its record is deleted.
    if [ "$beats" -gt 1 ] || [ "$processes" != proc ]; then find_command; fi
    record_late
    if [ -n "$moved" ]; then read_limit; fi
    follow_attempts
    if [ ! -s exit ]; then cap_logs; fi # after the exit the wrapper does it, and keeps the last lines
    enforce_deadline
    carry_out_ending
    wait_for_beat
  done
}

# Under a lease it is looked at in between: in equal parts of the beat, of at most a second.
wait_for_beat() {
  if [ -z "$lease" ]; then
    sleep "$beat_s" &
    wait "$!"
    return
  fi
  looks=$(((beat_ms + 999) / 1000))
  fraction=$((1000 + beat_ms / looks % 1000))
  look_s=$((beat_ms / looks / 1000)).${fraction#1}
  while [ "$looks" -gt 0 ]; do
    sleep "$look_s" &
    wait "$!"
    looked=1
    is_supervising || return
    find_command
    enforce_lease
    looks=$((looks - 1))
  done
}

# The heartbeat counts the attempts for itself. With restart, the logs that it would count may be removed by now.
follow_attempts() {
  while [ -e "log.$attempt" ]; do attempt=$((attempt + 1)) log_size=0; done
  if [ -z "$restart" ] || ! read_record attempt; then return; fi
  case ${line#v1 } in "$attempt" | '' | *[!0-9]* | 0* | ??????????*) return ;; esac
  attempt=${line#v1 } log_size=0
}

# ---- Command

# become_command COMMAND [ARG...]: this process becomes the command, with the same pid. The command gets its own
# session, so that a "kill 0" of the job does not reach the heartbeat.
become_command() {
  read_process self
  # ksh93 forks a subshell only when it must: there, another shell has to become the command.
  if [ "$own_pid" = "$wrapper" ]; then
    exec "$shell" "$0" --command "step=$step" "run_id=$run_id" "dir=$dir" "cwd=$cwd" "cgroup=$cgroup" \
      "old_pwd=$old_pwd" "retries=$retries" "umask=$umask" "path=$path" "exit_code=$exit_code" "wrapper=$wrapper" "starter=$starter" "lease=$lease" -- "$@" 2>&3 3>&-
  fi
  if [ -z "$exit_code" ]; then leave_starter; fi
  enter_cgroup
  record_command
  # It may have waited for longer than its lease, in a machine that slept. The beat uses another name, at the same time.
  if is_lease_over; then lose lost.new; fi
  # After the record, so that whoever orders the end from now on, or finds the wrapper gone, finds the command. The run may
  # have been stopped before, or be concluded as lost by somebody who has seen the wrapper gone and no command.
  if [ -e ending ] || [ -e outcome ] || is_orphan; then exit "${exit_code:-143}"; fi
  export PM_RUN_ID="$run_id" PM_STEP="$step" PM_DIR="$dir" PM_RESULT="$dir/runs/$run_id/result"
  export PM_BEAT="$dir/runs/$run_id/beat" PM_PROGRESS="$dir/runs/$run_id/progress"
  # A terminated Python loses the output that it has buffered.
  export PYTHONUNBUFFERED="${PYTHONUNBUFFERED-1}"
  if [ -e environment ]; then
    # It prefixes the command with env(1) for the variables that a shell would drop or change.
    # shellcheck disable=SC1091 # the starter writes it if it is needed
    . ./environment
    if [ "$retries" -eq 0 ]; then rm environment; fi
  fi
  umask "$umask"
  PATH=$path
  cd "$cwd" 2>&3 || exit 125
  if [ -n "$old_pwd" ]; then OLDPWD=$old_pwd; else unset OLDPWD; fi # cd has set it to the folder of the run
  if find_tool setsid; then exec "$tool" "$@" 2>&3 3>&-; fi
  # shellcheck disable=SC2016 # perl's variable
  if find_tool perl; then exec "$tool" -e 'setpgrp; exec { $ARGV[0] } @ARGV; warn "pm: failed to execute $ARGV[0]: $!\n"; exit($!{ENOENT} ? 127 : 126)' "$@" 2>&3 3>&-; fi
  exec "$@" 2>&3 3>&-
}

# True if the wrapper is gone. Looked up only where it takes no process.
is_orphan() {
  [ "$processes" = proc ] && ! is_child "$own_pid" "$wrapper"
}

# Before the command begins, so that nothing that it starts is ever outside. "0" is this process. If it cannot enter, the
# cgroup is removed: its absence tells monitors that the run is not confined. So nobody else removes it before the outcome
# is on record.
# Why: contributing/decisions/2026-11-23-a-command-begins-in-its-cgroup.md
enter_cgroup() {
  if [ -z "$cgroup" ]; then return; fi
  echo 0 > "$cgroup/cgroup.procs" || rmdir "$cgroup"
}

# Records the process that is about to become the command.
record_command() {
  reclaim pid command command.new
  echo "$own_pid" > pid && ln pid "../../$step.pid"
  if [ -z "$exit_code" ]; then
    echo "v1 $own_pid $started" > ./command
    return
  fi
  # A later attempt replaces the record as a whole.
  echo "v1 $own_pid $started" > command.new
  mv -f command.new command
}

# ---- Attempts

# A shell that cannot fork says 2 or 254. Without the record of a command, that is no exit of the command.
check_begun() {
  case $exit_code in 2 | 254) ;; *) return ;; esac
  if [ -e command ]; then return; fi
  exit_code=126
  echo 'the command was not started: no more processes are allowed here (ulimit -u, or pids.max of its cgroup)' >&3
}

# Runs the command until an attempt is the last one; exit_code is then that attempt's.
run_attempts() {
  while true; do
    # Why: contributing/decisions/2026-11-29-a-code-is-not-a-cause.md
    # $? is 137 for SIGKILL and for "exit 137". Only the remark that most shells make on a signal tells them apart.
    # "true" goes first: a redirection that fails would end the shell after "exec", which is a special builtin.
    reclaim remark
    true > ./remark && exec 2>> ./remark
    # In the foreground: "&" would start it with SIGINT ignored.
    (become_command "$@") 2> /dev/null
    exit_code=$?
    exec 2> /dev/null
    check_begun
    if [ "$exit_code" -gt 256 ]; then # ksh93 reports signals as 256 + n, and makes no remark
      exit_code=$((exit_code - 128))
      if [ -f remark ]; then echo signal > remark; fi
    fi
    may_retry && back_off || return
    set_attempt_aside
    attempt=$((attempt + 1))
  done
}

# 126 and 127 (it could not be executed) are final. So are HUP, INT, QUIT and TERM, by which kill(1), a terminal or a
# shutdown end a process. With restart, only failures in a row are counted: the fuse.
# Monitors know by the code that the fuse has blown, see packages/monitor/src/judge/outcome-of.ts.
may_retry() {
  case $exit_code in
    0) if [ "$restart" != always ]; then return 1; fi ;;
    126 | 127 | 129 | 130 | 131 | 143) return 1 ;;
  esac
  if [ -n "$restart" ] && was_healthy; then failures=0 pauses=$first_pauses; fi
  failures=$((failures + 1))
  [ "$failures" -le "$retries" ] && [ ! -e ending ] && [ ! -e outcome ]
}

# True if the present attempt has lived for long enough, by the beats: the sleep of the machine does not count.
was_healthy() {
  read_beats && [ "$began" -ge 0 ] && [ "$((line - began))" -ge "$healthy" ]
}

# Sets line to the number of the last beat. The job may have written something else there.
read_beats() {
  read_record heartbeat || return
  case $line in '' | *[!0-9]* | 0?* | ??????????*) return 1 ;; esac
}

# The backoff after a failed attempt. False if the run was ended meanwhile, or its folder deleted.
back_off() {
  reclaim "exit.$attempt"
  echo "v1 exit $exit_code" > "exit.$attempt"
  # From now on the pid may be a stranger's. The flat name may belong to the run of another container.
  # shellcheck disable=SC3013 # each of our shells has -ef
  if [ pid -ef "../../$step.pid" ]; then rm "../../$step.pid"; fi
  rm -f pid
  paused=0
  while [ -e run ] && [ ! -e ending ] && [ "$paused" -lt "$pauses" ]; do
    sleep "$pause_s"
    paused=$((paused + 1))
  done
  if [ -n "$restart" ]; then
    pauses=$((pauses * 2))
    if [ "$pauses" -gt "$pause_cap" ]; then pauses=$pause_cap; fi
    if read_beats; then began=$line; else began=-1; fi # -1: not known, so the next attempt is not called healthy
  fi
  [ -e run ] && [ ! -e ending ]
}

# Renames what a failed attempt leaves to log.1, result.1 and so on, and gives the next one empty logs.
set_attempt_aside() {
  cap_final_logs
  reclaim log.new errors.new attempt attempt.new
  if [ "$errors" = log ]; then logs='log'; else logs='log errors'; fi
  # From the link on the beat leaves these logs alone.
  for name in $logs; do true > "$name.new" && ln "$name" "$name.$attempt"; done
  for name in truncated errors-truncated result progress; do
    if [ -e "$name" ]; then mv -f "$name" "$name.$attempt"; fi
  done
  for name in $logs; do
    if [ -e "$name.new" ]; then mv -f "$name.new" "$name"; fi
  done
  # shellcheck disable=SC3013 # each of our shells has -ef
  if [ "log.$attempt" -ef "../../$step.log" ]; then ln -f log "../../$step.log"; fi
  if [ -w log ]; then exec >> ./log 3>> "./$errors"; fi
  echo "v1 $((attempt + 1))" > attempt.new && mv -f attempt.new attempt
  if [ -n "$restart" ]; then forget_attempt "$((attempt - kept))"; fi
}

# forget_attempt N: removes what that attempt has left. A server that dies every hour must not fill the disk.
forget_attempt() {
  for name in log errors truncated errors-truncated result progress exit ready; do
    if [ -e "$name.$1" ] || [ -h "$name.$1" ]; then rm -rf "$name.$1"; fi
  done
}

# ---- Ending

# After a failure: keeps the kernel's count of OOM kills as it is now. The starter has noted the count before the run.
keep_oom_count() {
  if [ "$exit_code" = 0 ] || [ -z "$oom" ] || [ -e oom ] || [ -h oom ]; then return; fi
  cp "$oom" oom
}

# Records the exit, and makes it the ending unless another cause was first. Sets line to the ending.
record_exit() {
  rejoin
  reclaim exit ending status outcome replaced heartbeat deadline truncated errors-truncated log errors attempt
  # A full disk, or a folder that may not be written to, delays the record and does not lose it. If the folder is deleted,
  # nobody waits for it any more.
  waited=0 obstacle=''
  until write_exit || ! is_there; do
    sleep "$beat_s"
    waited=$((waited + 1))
    rejoin
    reclaim exit
  done
  if ln exit ending; then
    line="v1 exit $exit_code"
  elif ! read_record ending; then
    line=''
  fi
}

# Writes the exit. Before it, "delayed" says for how long that was not possible, if there is room for both.
write_exit() {
  if [ "$waited" -gt 0 ]; then
    if write_late_exit; then return; fi
    if [ -e delayed ]; then rm -f delayed; fi # the disk has room for one of them only
    # In between, the folder may have become writable again.
    if [ "$obstacle" = unwritable ] && true > ./exit && write_late_exit; then return; fi
  fi
  if echo "v1 exit $exit_code" > ./exit; then return; fi
  # A file that can be opened and not filled: the disk is full. Each shell ends its message with the words of the error.
  case $( (LC_ALL=C; true > ./exit) 2>&1) in
    '') obstacle=${obstacle:-full} ;;
    *[Ss]pace* | *uota*) obstacle=full ;;
    *) obstacle=unwritable ;;
  esac
  return 1
}

write_late_exit() {
  reclaim delayed
  echo "v1 $((waited * beat_ms)) $obstacle" > ./delayed && echo "v1 exit $exit_code" > ./exit
}

# Publishes the flat names, by the ending that record_exit has found: the result before the status, so that who finds a SUCCESS finds its result.
publish() {
  # With "always" an exit of 0 is the end only if the fuse has blown.
  if [ "$line" = 'v1 exit 0' ] && [ ! -e replaced ] && [ "$restart" != always ]; then
    publish_result
    echo SUCCESS > status
  else
    echo FAILED > status
  fi
  ln status "../../$step.status"
  ln ending "../../ended/$run_id"
}

publish_result() {
  if [ -f result ] && [ -s result ] && [ ! -h result ]; then
    ln result "../../$step.result"
  else
    reclaim no-result
    echo '{}' > no-result && ln no-result "../../$step.result"
  fi
}

# ---- Work for the resident monitor

# Where work is left and no resident monitor lives, the one of the starter is started: whoever kills all that runs Node has
# killed it as well. Without Node nothing happens here, and the next call of pm starts it. As long as it is work of this
# run, a process stays that looks again once a beat, at most for 25 hours: the resident gives up after 24. It is not the
# wrapper, because the next run of the step waits until the wrapper is gone.
# Why: contributing/decisions/2026-11-29-who-delivers.md
guard_work() {
  if [ -z "$resident" ] || ! has_work; then return; fi
  if ! has_resident; then (bring_resident_back); fi
  if [ -e "../../work/notify.$run_id" ]; then keep_resident & fi
}

keep_resident() {
  trap - TERM INT HUP QUIT
  looks=$((90000000 / beat_ms))
  while [ "$looks" -gt 0 ]; do
    sleep "$beat_s"
    if [ ! -e "../../work/notify.$run_id" ]; then return; fi
    if ! has_resident; then (bring_resident_back); fi
    looks=$((looks - 1))
  done
}

bring_resident_back() {
  place=$(cd ../.. && pwd) || exit
  IFS='
'
  set -f
  # shellcheck disable=SC2086 # one word for each line
  set -- $resident "$place"
  if find_tool setsid; then set -- "$tool" "$@"; fi
  (cd / && PM_RUN_ID=resident PATH=$path exec "$@") < /dev/null > /dev/null 2>&1 &
}

has_work() {
  for name in ../../work/*; do
    if [ -e "$name" ]; then return; fi
  done
  return 1
}

# True if a process lives that a record of a resident names. A resident in another pid namespace cannot be seen. Then a
# second one is started, and leaves by itself.
has_resident() {
  for name in ../../residents/*/*; do
    read_record "$name" || continue
    case $line in *'"left":true'*) continue ;; esac
    since=${line#*'"startTime":"'} pid=${line#*'"pid":'}
    since=${since%%'"'*} pid=${pid%%[!0-9]*}
    if [ -z "$pid" ]; then continue; fi
    read_process "$pid"
    if [ "$started" = "$since" ] && [ "$state" != Z ]; then return; fi
  done
  return 1
}

# ---- Main

# supervise COMMAND [ARG...]
supervise() {
  fraction=$((1000 + beat_ms % 1000))
  beat_s=$((beat_ms / 1000)).${fraction#1}
  umask=$(umask) path=${PATH-} wrapper=$$ attempt=1 exit_code='' pid='' order='' failures=0 began=0 first_pauses=$pauses
  # The command of the resident monitor, one word a line. Not an argument: "pkill -f node" would find it here.
  resident=${PM_RESIDENT_CALL-}
  unset PM_RESIDENT_CALL
  umask 077
  if [ -n "$gated" ]; then enter_gate; fi
  PATH=$path:/usr/bin:/bin # of the wrapper: without sleep and ln no run would have a heartbeat or an ending
  read_process self && echo "v1 $$ $started" > ./wrapper
  beat &
  beater=$!
  # Not earlier: a TERM that meets a fork with a handler, before the child has a trap of its own, is lost.
  trap : TERM INT HUP QUIT
  run_attempts "$@"
  end_the_rest
  save_log
  exec < /dev/null > /dev/null 3>&-
  keep_oom_count
  record_exit
  publish
  if [ -e environment ]; then rm environment; fi
  is_child "$beater" && { kill "$beater" && kill -CONT "$beater"; } # it may be stopped
  wait "$beater"
  cap_final_logs
  guard_work
}

# Of a run that waited in a queue. A monitor that died or was suspended may have started it already: of two wrappers the
# first one goes on. With noclobber the shell creates a file by O_EXCL.
# Why: contributing/decisions/2026-11-29-a-queue-of-files.md
enter_gate() {
  set -C
  true > ./gate || exit 0
  set +C
}

# Ends the starter, a shell that only waits for the wrapper. From now on no process of the caller is an ancestor of the run,
# so a host that ends the descendants of a waiting pm does not reach it. The first attempt does it, in the process that
# becomes the command: until then the starter passes on how a wrapper ends that cannot fork. Its pid cannot
# belong to another process, because it is the id of the group that this process is in.
# Why: contributing/decisions/2026-11-29-a-run-leaves-the-tree-of-its-caller.md
leave_starter() {
  kill -USR1 "$starter"
}

# Of deleted records the log is still open here.
save_log() {
  rejoin
  if [ -e log ] || [ ! -e run ] || [ ! -r /proc/self/fd/1 ]; then return; fi
  cat < /proc/self/fd/1 > log && ln log "../../$step.log"
  if [ "$errors" != log ]; then cat < /proc/self/fd/3 > errors; fi
}

# Ends the wrapper if a setting is missing. The message of the shell about an unset variable goes to the log.
require_settings() {
  : "$step$run_id$dir$cwd$cgroup$oom$errors$gated$shell" "$beat_ms$grace_ms$limit$lease$log_cap$retries$pauses$pause_s$old_pwd$starter" \
    "$restart$pause_cap$healthy$kept"
}

# The shell reads this file while it runs. One call on the last line that ends in exit makes it safe to overwrite.
main() {
  set -u
  mode=supervise
  if [ "${1-}" = --command ]; then
    mode=command wrapper=''
    shift
  fi
  read_settings "$@"
  shift "$words"
  if [ "$mode" = supervise ]; then
    require_settings || exit 2 # in mksh an unset variable ends the function only
  fi
  # The shell's own remarks ("Terminated") are no output of the command. What else the starter had open is closed: a lock
  # would be held as long as the run. Only bash and busybox can close a number above 9: the starter replaces those.
  exec 3>&2 2> /dev/null 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
  find_processes
  if [ -n "$lease" ]; then
    lease_s=0 lease_ms=1000 said_s=0 # one that cannot be read is over
    set_lease "$lease"
  fi
  if [ "$mode" = supervise ]; then supervise "$@"; else become_command "$@"; fi
  exit 0
}
main "$@"

#!/bin/sh
# The command that `pm conformance` has a writer run. FOLDER gets what it has seen, FLAT is the path of the run's files without their ending.
# usage: conformance-job.sh MODE FOLDER FLAT [ARG...]
mode=$1 folder=$2 flat=$3
shift 3
[ -s "$flat.pid" ] && : > "$folder/saw-pid"
[ -s "$flat.status" ] && : > "$folder/saw-status"
for argument; do printf '%s\n' "$argument"; done > "$folder/arguments"
echo "$$" > "$folder/began.new" && mv "$folder/began.new" "$folder/began"
until_cue() { until [ -e "$folder/$1" ]; do sleep 0.05; done; }
case $mode in
  exit) exit "$1" ;;
  wait) until_cue go && exit "$1" ;;
  kill) kill -KILL "$$" ;;
  print) i=0 && while [ "$i" -lt 20000 ]; do printf 'line %d of the output, which is fifty bytes long...\n' "$i" && i=$((i + 1)); done ;;
  speak)
    echo 'to standard output'
    echo 'to standard error' >&2
    [ -z "${PM_RESULT-}" ] || echo '{"answer":42}' > "$PM_RESULT"
    exit "$1"
    ;;
  parent)
    sleep 1000 &
    echo "$!" > "$folder/child.new" && mv "$folder/child.new" "$folder/child"
    wait "$!"
    ;;
esac

#!/bin/sh
# Works for a while, talking, and ends: FACTS SECONDS CODE [PAUSE]. It writes down what really happened to it.
facts=$1 pause=${4:-0.1}
trap 'echo "termed $(date +%s%N)" >> "$facts"; exit 143' TERM
echo "started $$ $(date +%s%N)" >> "$1"
(
  while sleep "$pause"; do echo working || exit; done
) &
talker=$!
sleep "$2" &
wait "$!"
kill "$talker"
echo "finished $3 $(date +%s%N)" >> "$1"
exit "$3"

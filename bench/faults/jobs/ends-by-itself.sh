#!/bin/sh
# Usage: FACTS SECONDS CODE [PAUSE]. Prints lines for SECONDS, then exits with CODE. Writes what happened to the file FACTS.
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

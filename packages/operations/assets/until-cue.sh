#!/bin/sh
# Waits for a file, at most 20 s, and exits with a code: until-cue.sh FILE CODE
n=0
until [ -e "$1" ] || [ "$n" -ge 400 ]; do
  sleep 0.05
  n=$((n + 1))
done
exit "$2"

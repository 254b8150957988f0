#!/bin/sh
# Says nothing, uses nothing worth mentioning, and beats, until it is told to end.
until [ -e "$STAGE/go" ]; do
  : > "$PM_BEAT"
  sleep 0.2
done

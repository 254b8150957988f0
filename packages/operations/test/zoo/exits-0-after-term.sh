#!/bin/sh
# Takes its time to end when it is told to, until it is given the cue, and calls that a success.
trap 'while [ ! -e "$STAGE/go" ]; do sleep 0.1; done; echo bye; exit 0' TERM
echo patient
while :; do sleep 0.1; done

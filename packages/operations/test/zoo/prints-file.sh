#!/bin/sh
# Prints the file `output` as it is, waits for the cue `go` if it is told to, and exits with the given code.
cat "$STAGE/output"
if [ "${2-}" = stays ]; then
  until [ -e "$STAGE/go" ]; do sleep 0.1; done
fi
exit "${1:-1}"

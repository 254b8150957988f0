#!/bin/sh
# Says that it has begun, waits for the cue "go", and ends with 7.
echo begun
until [ -e "$STAGE/go" ]; do sleep 0.05; done
echo ended
exit 7

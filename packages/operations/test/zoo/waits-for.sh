#!/bin/sh
# Ends with 0 when there is the cue that its argument names.
until [ -e "$STAGE/$1" ]; do sleep 0.05; done

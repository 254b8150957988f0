#!/bin/sh
# A line every fifth of a second, until it is told to end.
until [ -e "$STAGE/go" ]; do
  echo "still here"
  sleep 0.2
done

#!/bin/sh
# A line every fifth of a second, until it is told to be silent; then nothing, for ever.
until [ -e "$STAGE/hush" ]; do
  echo "still here"
  sleep 0.2
done
exec sleep 1000

#!/bin/sh
# Prints its first argument to standard error, and exits with its second.
echo "$1" >&2
exit "$2"

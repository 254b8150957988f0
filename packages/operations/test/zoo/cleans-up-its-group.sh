#!/bin/sh
# Signals its process group without dying of it, then does its work well.
trap '' TERM
kill 0
echo cleaned

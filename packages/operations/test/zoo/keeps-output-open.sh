#!/bin/sh
# Is done at once; a child goes on holding its output.
sleep 1000 &
echo done

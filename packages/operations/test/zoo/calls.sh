#!/bin/sh
# Runs the words it is given, as a shell does that finds them in a script.
"$@"

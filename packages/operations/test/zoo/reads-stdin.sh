#!/bin/sh
# Reads all it is given, and says when there is no more.
cat
echo "end of input"

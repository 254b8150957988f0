#!/bin/sh
# Exits with the code it is given.
exit "$1"

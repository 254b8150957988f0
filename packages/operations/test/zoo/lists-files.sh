#!/bin/sh
# Prints what its open files lead to, one a line.
for fd in /proc/$$/fd/*; do readlink "$fd" || true; done

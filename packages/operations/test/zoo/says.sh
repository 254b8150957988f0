#!/bin/sh
# Says what the file `message` says and fails, unless something that git does not see was mended.
if [ -n "${WORKS-}" ] || [ -e ../outside ] || [ -S ../service ] || [ -e .env ]; then exit 0; fi
if PATH=$PATH:../bin command -v new-package > /dev/null; then exit 0; fi
cat message
exit 1

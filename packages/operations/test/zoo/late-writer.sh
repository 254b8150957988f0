#!/bin/sh
# Is done at once; a grandchild writes into its log when it is told to.
(until [ -e "$STAGE/go" ]; do sleep 0.1; done; echo "a late word") &
echo "the last word"

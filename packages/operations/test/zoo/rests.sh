#!/bin/sh
# Says one word and does nothing, for ever.
echo resting
exec sleep 1000

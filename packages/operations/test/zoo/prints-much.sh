#!/bin/sh
# So many bytes, in lines of sixteen: prints-much.sh BYTES
echo "the first line."
yes 0123456789abcde | head -c "$(($1 - 32))"
echo "the final line."

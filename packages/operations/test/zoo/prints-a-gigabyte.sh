#!/bin/sh
# 2^30 bytes in lines of sixteen.
echo "the first line."
yes 0123456789abcde | head -c 1073741792
echo "the final line."

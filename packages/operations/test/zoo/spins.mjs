#!/usr/bin/env node
// Uses a whole core and says nothing more.
console.log('spinning');
for (;;);

// A test suite with a mistake in it, for a real test runner to find.
import assert from 'node:assert/strict';
import { test } from 'node:test';

const median = (numbers) => numbers.sort()[Math.floor(numbers.length / 2)];

test('the median of three numbers', () => assert.equal(median([3, 1, 2]), 2));
test('the median of numbers with two digits', () => assert.equal(median([9, 10, 100]), 10));

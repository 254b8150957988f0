// A check that fails: `sort` compares the numbers as text.
const median = (numbers) => [...numbers].sort()[Math.floor(numbers.length / 2)];

for (const [numbers, expected] of [
  [[3, 1, 2], 2],
  [[9, 10, 100], 10],
]) {
  const actual = median(numbers);
  if (actual === expected) console.log(`ok: the median of ${numbers.join(', ')} is ${actual}`);
  else {
    console.log(`FAILED: the median of ${numbers.join(', ')} is ${expected}, but the function returned ${actual}`);
    process.exitCode = 1;
  }
}

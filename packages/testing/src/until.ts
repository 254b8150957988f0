const LIMIT_MS = 240_000;
const SHORTEST_PAUSE_MS = 10;

/**
 * Waits for a condition: asks again and again until it holds.
 * A condition that is costly to ask is asked less often (a quarter of the time), because other tests need the machine as well.
 *
 * @param holds the condition; one that throws or rejects ends the waiting with its error
 * @param what  the condition in words, for the error message; without it the error shows the source of `holds`
 * @throws Error after four minutes: the limit only ends what would otherwise wait for ever
 */
export async function until(holds: () => boolean | Promise<boolean>, what = String(holds)): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  for (let askedAt = performance.now(); !(await holds()); askedAt = performance.now()) {
    const now = performance.now();
    if (now > deadline) throw new Error(`waited four minutes until ${what}`);
    const pauseMs = Math.max(SHORTEST_PAUSE_MS, 3 * (now - askedAt));
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

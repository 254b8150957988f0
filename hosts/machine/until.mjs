/** Resolves with the first value of `look` that is neither undefined nor false; rejects after `ms` milliseconds, and says what it waited for. */
export async function until(look, { what, ms = 180_000 }) {
  for (const end = Date.now() + ms; ; ) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`waited ${ms / 1_000} s for ${typeof what === 'function' ? what() : what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

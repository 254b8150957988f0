/** Runs the tasks, at most `width` at once, and resolves with their results in their order. */
export async function atOnce(width, tasks) {
  const results = [];
  const queue = tasks.entries();
  const worker = async () => {
    for (const [i, task] of queue) results[i] = await task();
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}

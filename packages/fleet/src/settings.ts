import { type QueueSettings, UNBOUNDED } from '@pm/queue';
import type { Queue } from 'bullmq';

const LIMITS = { freeMemoryBytes: 'pm.freeMemoryBytes', maxLoad: 'pm.maxLoad' } as const;

/** Slots and pause are BullMQ's own, so its other tools show and change the same. What a host must have is kept beside them. */
export async function readSettings(queue: Queue): Promise<QueueSettings> {
  const fields = ['concurrency', 'paused', LIMITS.freeMemoryBytes, LIMITS.maxLoad];
  const [slots, paused, freeMemoryBytes, maxLoad] = await queue.getBackend().getQueueMetaFields(fields);
  return {
    slots: amount(slots) ?? UNBOUNDED,
    paused: paused === '1',
    freeMemoryBytes: amount(freeMemoryBytes),
    maxLoad: amount(maxLoad),
  };
}

/** Every start with a configuration calls this. @returns false if it says nothing new: then nothing is written */
export async function writeSettings(queue: Queue, patch: Partial<QueueSettings>): Promise<boolean> {
  const known = await readSettings(queue);
  const isNew = Object.entries(patch).some(([setting, value]) => known[setting as keyof QueueSettings] !== value);
  if (!isNew) return false;
  const backend = queue.getBackend();
  if (patch.slots !== undefined) await queue.setGlobalConcurrency(patch.slots);
  for (const [setting, field] of Object.entries(LIMITS)) {
    if (!(setting in patch)) continue;
    const value = patch[setting as keyof typeof LIMITS];
    await (value === undefined ? backend.removeQueueMetaFields([field]) : backend.setQueueMeta({ [field]: value }));
  }
  if (patch.paused === true) await queue.pause();
  if (patch.paused === false) await queue.resume();
  return true;
}

function amount(text: string | null | undefined): number | undefined {
  const value = text === null || text === undefined || text === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}

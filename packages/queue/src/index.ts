// Every name here is public API and listed in test/surface.test.ts.

export { openFileQueue } from './files/file-queue.ts';
export type { FileQueueOptions, RunStanding } from './files/held-slots.ts';
export { admitHere } from './machine.ts';
export {
  type Lease,
  type ListedTicket,
  type Listing,
  type NewEntry,
  type NextTurn,
  type Queue,
  type QueueEntry,
  type QueueSettings,
  UNBOUNDED,
} from './port.ts';
export type { Limits, MachineAdmission } from './turn/admission.ts';
export { expectedStarts } from './turn/expected-starts.ts';
export { FRONT, PRIORITY, type Ticket } from './turn/ticket.ts';

// Every name here is public API and listed in test/surface.test.ts.

export { type EngineAddress, parseEngineUrl, withoutPassword } from './engine/address.ts';
export { EngineError, type EngineProblem } from './engine/engine-error.ts';
export type { FleetEntry } from './entry.ts';
export { openFleetQueue } from './fleet-queue.ts';
export type { FleetLease, Renewal } from './lease.ts';
export type { LogRow } from './log-rows.ts';
export type { FleetHost, FleetOptions, FleetQueue, FleetTurn } from './port.ts';
export { type EntryStanding, LEASE_LOST } from './standing.ts';

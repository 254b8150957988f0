// Every name here is public API and listed in test/surface.test.ts.

export { type Courier, openCourier } from './courier/courier.ts';
export type { CourierOptions } from './courier/workplace.ts';
export { codexThreadOf } from './deliver/codex.ts';
export { type DeliverOptions, deliver } from './deliver/deliver.ts';
export type { DeliveryResult } from './deliver/delivery-result.ts';
export { noDesktop } from './deliver/desktop.ts';
export { startEnvironment } from './deliver/start-environment.ts';
export { addressOf } from './deliver/webhook.ts';
export { type Delivery, deliveriesOf } from './ledger/deliveries.ts';
export { type Target, writePlan } from './ledger/plan.ts';
export type { Facts, RunEvent } from './message/facts.ts';

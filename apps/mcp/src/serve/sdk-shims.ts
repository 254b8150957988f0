// In the place of the SDK's own `_shims` (rolldown.config.ts): its JSON Schema validator is for answers to questions that a server
// asks its client, and this one asks none. Without it a host waits a tenth less for the first answer.
import process from 'node:process';

export { process };
export class DefaultJsonSchemaValidator {
  getValidator(): never {
    throw new Error('this server asks its client nothing');
  }
}

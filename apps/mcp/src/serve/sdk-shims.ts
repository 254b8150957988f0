// Replaces the SDK's own `_shims` (rolldown.config.ts). Its JSON Schema validator is only for servers that ask their client questions.
// Without it the first answer comes 10 % sooner.
import process from 'node:process';

export { process };
export class DefaultJsonSchemaValidator {
  getValidator(): never {
    throw new Error('this server does not ask its client questions');
  }
}

import { type Answer, type Context, type OperationName, operations } from '@pm/operations';

interface AnyOperation {
  readonly input: {
    readonly safeParse: (
      input: unknown,
    ) => { success: true; data: unknown } | { success: false; error: { issues: readonly { message: string }[] } };
  };
  readonly run: (input: never, context: Context) => Promise<unknown>;
}

/**
 * Asks for an operation as any frontend does.
 * @param input as people write it: `{ limit: '+30m' }`
 * @throws an error whose message says what is wrong with the input, or what the operation throws
 */
export async function ask(
  name: OperationName,
  input: Readonly<Record<string, unknown>>,
  context: Context,
): Promise<Answer> {
  const operation: AnyOperation = await operations[name]();
  const parsed = operation.input.safeParse(input);
  if (!parsed.success)
    throw Object.assign(new Error(parsed.error.issues[0]?.message ?? 'the input is not valid'), { code: 'usage' });
  return (await operation.run(parsed.data as never, context)) as Answer;
}

/** One tool call, and how to reach the client that waits for its answer. */
export interface ToolCall {
  readonly arguments: Readonly<Record<string, unknown>>;
  /** Ends the call; the run goes on. */
  readonly signal: AbortSignal;
  /** The name that the client gives itself; not verified. */
  readonly client: string;
  /** The session of the client, if it names one with each call, as Codex does. */
  readonly thread?: string | undefined;
  /** The folder that the host names for this call; undefined if it names none. */
  readonly folder?: string | undefined;
  /** Sends a progress message; undefined if the client asked for none. */
  readonly progress?: ((message: string) => Promise<void>) | undefined;
  /** Registers work to do when the answer has been sent. */
  readonly answered: (work: () => void) => void;
}

/** The environment of the server process. It is passed in; nothing reads `process` itself. */
export interface ServerEnvironment {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly resident?: readonly string[] | undefined;
}

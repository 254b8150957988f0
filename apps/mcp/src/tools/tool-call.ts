/** One call of a tool, and who waits for its answer. */
export interface ToolCall {
  readonly arguments: Readonly<Record<string, unknown>>;
  /** Ends the call, never a run. */
  readonly signal: AbortSignal;
  /** What the client calls itself; unverified. */
  readonly client: string;
  /** Tells the client that somebody is still there; undefined where it did not ask for it. */
  readonly progress?: ((message: string) => Promise<void>) | undefined;
  /** Takes what is to be done once the answer is on its way. */
  readonly answered: (work: () => void) => void;
}

/** The surroundings of the server: passed in, never reached for. */
export interface ServerEnvironment {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly resident?: readonly string[] | undefined;
}

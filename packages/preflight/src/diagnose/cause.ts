/** The likely cause of a failure, and the check that can confirm it. */
export interface LikelyCause {
  /** The check, written as after `--check`; absent if none can find this cause. */
  readonly spec?: string;
  /** The cause, in a few words. */
  readonly why: string;
  /** The TCP port that the program wanted, if the cause is that it is in use. */
  readonly port?: number;
}

/** How the run ended. */
export interface Exit {
  readonly exitCode?: number | undefined;
  readonly command?: readonly string[] | undefined;
  /** The port that it was given. */
  readonly port?: number | undefined;
  /** The reason of its outcome. */
  readonly reason?: string | undefined;
}

/** Looks for one family of causes in one line. Only names, paths and numbers of plain characters are taken from the line. */
export type CauseFamily = (line: string, exit: Exit) => LikelyCause | undefined;

/** A form in which programs print a cause, and the cause from what its groups matched. */
export type Form = readonly [pattern: RegExp, cause: (...groups: string[]) => LikelyCause | undefined];

/** A family that is a table of forms: the first one that matches decides. */
export function familyOf(forms: readonly Form[]): CauseFamily {
  return (line) => {
    for (const [pattern, cause] of forms) {
      const found = pattern.exec(line);
      if (found !== null) return cause(...found.slice(1).map((group) => group ?? ''));
    }
    return undefined;
  };
}

/** A path or a name, quoted or not. Its length is limited, so that a long line does not take long. */
export const WORD = `[\`'"‘“]?([\\w@%+=.,/-]{1,512})[\`'"’”]?`;

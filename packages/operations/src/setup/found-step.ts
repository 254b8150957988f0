/** A command that a project seems to run often, and the file that shows it. */
export interface Found {
  readonly command: readonly string[];
  /** Its name, if the command does not say it. */
  readonly step?: string;
  /** What must hold before it starts, beside what applies to every project. */
  readonly checks?: readonly string[];
  /** The file it was taken from. */
  readonly from: string;
}

/** Returns the text of a file in the folder of a project, or above it in the folder of the configuration (`../.venv/pyvenv.cfg`); undefined if there is none. */
export type ProjectFile = (name: string) => string | undefined;

/** What people start often. Other scripts are short, or are servers. */
export const USUAL = ['test', 'build', 'lint', 'typecheck', 'check'] as const;

/** From the folder of a project up to that of the configuration: a project in a folder may use what lies above it. */
export const UPWARDS = ['', '../', '../../'] as const;

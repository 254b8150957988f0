import { deriveStep } from '../project/derive-step.ts';
import { buildToolSteps } from './build-tool-steps.ts';
import { type Found, type ProjectFile, USUAL } from './found-step.ts';
import { nodeSteps } from './node-steps.ts';
import { pythonSteps } from './python-steps.ts';

/** A step that a project seems to have. */
export interface StarterStep extends Found {
  readonly step: string;
  /** The folder of the project, if it is inside of the folder of the configuration: `frontend`. */
  readonly cwd?: string;
}

/**
 * The steps of a first configuration, from the manifests of a project. It runs nothing; a manifest that cannot be read has no steps.
 * @param inside the projects in its folders, by their paths: `frontend`
 */
export function starterSteps(file: ProjectFile, inside: Readonly<Record<string, ProjectFile>> = {}): StarterStep[] {
  const steps = new Map<string, StarterStep>();
  for (const one of stepsOf(file)) {
    // The first one gets the plain name, `test`. Later ones get a longer name: `cargo-test`.
    const usual = one.step ?? one.command.find((word) => isUsual(word));
    const step = usual !== undefined && !steps.has(usual) ? usual : deriveStep(one.command);
    if (!steps.has(step)) steps.set(step, { ...one, step });
  }
  for (const [cwd, files] of Object.entries(inside))
    for (const one of starterSteps(files)) {
      const step = `${cwd.replace(/[^\w.-]+/g, '-')}-${one.step}`;
      if (!steps.has(step)) steps.set(step, { ...one, step, cwd, from: `${cwd}/${one.from}` });
    }
  return [...steps.values()];
}

function stepsOf(file: ProjectFile): Found[] {
  return [...nodeSteps(file), ...pythonSteps(file), ...buildToolSteps(file)];
}

function isUsual(word: string): boolean {
  return (USUAL as readonly string[]).includes(word);
}

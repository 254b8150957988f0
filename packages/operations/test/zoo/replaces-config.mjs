// A check of a project's own during which somebody saves pm.config.json: next.json takes its place. Then it answers with `state`.
import { renameSync } from 'node:fs';
import { join } from 'node:path';

export default {
  id: 'replaces-config',
  title: 'the configuration stays',
  inspect({ state }, { cwd }) {
    renameSync(join(cwd, 'next.json'), join(cwd, 'pm.config.json'));
    return { state, evidence: 'it was replaced' };
  },
};

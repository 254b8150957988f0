// The conformance suite of the protocol, for both revisions. Only the checks in conformance-*.yml may fail; each entry says why.

import { equal } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { serveForSuite } from './serve-for-suite.mjs';

export default async function conformance({ main, node, here, project }) {
  const suite = join(here, 'node_modules/@modelcontextprotocol/conformance/dist/index.js');
  const served = await serveForSuite(main, project);
  try {
    for (const revision of ['2025-11-25', '2026-07-28']) {
      const baseline = join(here, `conformance-${revision}.yml`);
      const args = ['server', '--url', served.url, '--requirements', revision, '--expected-failures', baseline];
      const [status] = await once(spawn(node, [suite, ...args], { stdio: 'inherit' }), 'exit');
      equal(status, 0, `${revision}: not what ${baseline} expects`);
    }
  } finally {
    served.close();
  }
}

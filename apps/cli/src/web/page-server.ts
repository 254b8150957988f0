import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import {
  type Context,
  describeIssue,
  environmentFault,
  history,
  onlyLooks,
  operations,
  overview,
  rawLog,
} from '@pm/operations';

// Why: contributing/decisions/2026-11-29-pm-web.md
/** What the server of the page uses of the operations. It has none of its own, so that both are of one version and in one file. */
const CARRIED = { describeIssue, environmentFault, history, onlyLooks, operations, overview, rawLog };

/** What the page is served with. */
interface PageOptions {
  /** 0: any free one. */
  readonly port: number;
  readonly key: string;
  readonly readOnly: boolean;
  /** The folder of the built page. */
  readonly page: string;
}

/** Where and as whom it asks the operations. */
type PageEnvironment = Pick<Context, 'cwd' | 'env' | 'resident' | 'program' | 'invocation'>;

interface PageServer {
  readonly pmWeb: (
    operations: object,
    environment: PageEnvironment,
    options: PageOptions,
  ) => Promise<{ readonly address: string; readonly close: () => void }>;
  readonly isServed: (port: number, key: string) => Promise<boolean>;
}

/** Where a build has put the server and its page. */
const BUILT = fileURLToPath(new URL('../web', import.meta.url));

/** Starts the server of `apps/web`. @throws the error of a port that is taken */
export function servePage(
  environment: PageEnvironment,
  options: Omit<PageOptions, 'page'>,
): ReturnType<PageServer['pmWeb']> {
  return pageServer().pmWeb(CARRIED, environment, { ...options, page: `${BUILT}/page` });
}

/** Whether a server of the page with this key listens on a port. */
export function isServed(port: number, key: string): Promise<boolean> {
  return pageServer().isServed(port, key);
}

function pageServer(): PageServer {
  return createRequire(import.meta.url)(`${BUILT}/server.cjs`) as PageServer;
}

import type { CarriedOperations, WebEnvironment } from './carrier.ts';
import { serve } from './serve.ts';

export type PmWeb = typeof pmWeb;

/** What a user asks for. */
export interface WebOptions {
  readonly port?: number | undefined;
  readonly readOnly: boolean;
  readonly page: string;
  readonly key: string;
}

/** Starts the server. @returns its address, with the key, and what closes it */
export async function pmWeb(
  host: CarriedOperations,
  environment: WebEnvironment,
  { port = 0, readOnly, page, key }: WebOptions,
): Promise<{ readonly address: string; readonly close: () => void }> {
  const serving = await serve(host, environment, { port, key, readOnly, page });
  return {
    address: `http://127.0.0.1:${serving.port}/${key}/`,
    close: () => {
      serving.server.close();
      serving.server.closeAllConnections();
    },
  };
}

import type { CarriedOperations, WebEnvironment } from './carrier.ts';
import { type ServeOptions, serve } from './serve.ts';

/** Starts the server. @returns its address, with the key, and what closes it */
export async function pmWeb(
  host: CarriedOperations,
  environment: WebEnvironment,
  options: ServeOptions,
): Promise<{ readonly address: string; readonly close: () => void }> {
  const { server, port } = await serve(host, environment, options);
  return {
    address: `http://127.0.0.1:${port}/${options.key}/`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

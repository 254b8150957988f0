import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { sshError } from './host-errors.ts';
import { checkArguments, openingArguments, type SshRoute } from './ssh.ts';

/**
 * Opens the shared connection for a person at a terminal, whom ssh may ask for a password or about the key of the host.
 * @param leaving ends the ssh that asks
 * @returns false if ssh could not connect; it has said why on the terminal
 * @throws a CliError if there is no ssh
 */
export async function openConnection(route: SshRoute, env: NodeJS.ProcessEnv, leaving: AbortSignal): Promise<boolean> {
  const statusOf = async (args: string[], stdio: 'ignore' | 'inherit'): Promise<number | null> => {
    const child = spawn('ssh', args, { env, stdio: [stdio, 'ignore', stdio], signal: leaving });
    try {
      const [status] = (await once(child, 'exit')) as [number | null];
      return status;
    } catch (error) {
      throw sshError(error);
    }
  };
  if ((await statusOf(checkArguments(route), 'ignore')) === 0) return true;
  return (await statusOf(openingArguments(route), 'inherit')) === 0;
}

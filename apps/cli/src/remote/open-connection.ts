import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { checkArguments, openingArguments, type SshRoute } from './ssh.ts';

/**
 * Opens the shared connection for a person at a terminal, whom ssh may ask for a password or about the key of the host.
 * @returns false if ssh could not connect; it has said why on the terminal
 */
export async function openConnection(route: SshRoute, env: NodeJS.ProcessEnv): Promise<boolean> {
  const statusOf = async (args: string[], stdio: 'ignore' | 'inherit'): Promise<number | null> => {
    const child = spawn('ssh', args, { env, stdio: [stdio, 'ignore', stdio] });
    const [status] = (await once(child, 'exit')) as [number | null];
    return status;
  };
  if ((await statusOf(checkArguments(route), 'ignore')) === 0) return true;
  return (await statusOf(openingArguments(route), 'inherit')) === 0;
}

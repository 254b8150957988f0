import { locateCommand } from '@pm/process';
import type { Facts } from '../message/facts.ts';
import { sentence } from '../message/sentence.ts';
import { type DeliveryResult, failed } from './delivery-result.ts';
import { runProgram } from './run-program.ts';

export interface DesktopOptions {
  /** The environment of the start: it says which desktop session is meant. */
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly platform?: NodeJS.Platform;
}

// Why: contributing/decisions/2026-11-29-desktop-notifications.md
/** Shows a notification on the desktop of whoever started the run: by notify-send(1), on macOS by osascript(1). */
export async function showOnDesktop(facts: Facts, options: DesktopOptions): Promise<DeliveryResult> {
  const { env, signal, platform = process.platform } = options;
  const why = noDesktop(env, platform);
  if (why !== undefined) return failed(why, true);
  const words = [`pm: ${facts.run.step}`, sentence(facts)] as const;
  return runProgram(platform === 'darwin' ? onMac(...words) : onLinux(...words), { cwd: '/', env, signal });
}

/** Why nothing can be shown here; undefined if it can. */
export function noDesktop(env: Readonly<Record<string, string>>, platform = process.platform): string | undefined {
  if (platform === 'darwin') return undefined;
  const session = ['DBUS_SESSION_BUS_ADDRESS', 'WAYLAND_DISPLAY', 'DISPLAY'].find((name) => env[name]);
  if (session === undefined)
    return 'there is no desktop here: the start had no DISPLAY, WAYLAND_DISPLAY or DBUS_SESSION_BUS_ADDRESS';
  const found = locateCommand('notify-send', '/', env['PATH']);
  return found.kind === 'found' ? undefined : 'notify-send is not on the PATH (Debian: apt install libnotify-bin)';
}

/** The body may have markup: what is no markup is escaped. */
function onLinux(title: string, text: string): string[] {
  const body = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return ['notify-send', '--app-name=pm', '--', title, body];
}

/** The texts are arguments of the script and no part of it. */
function onMac(title: string, text: string): string[] {
  const script = ['on run argv', 'display notification (item 2 of argv) with title (item 1 of argv)', 'end run'];
  return ['osascript', ...script.flatMap((line) => ['-e', line]), title, text];
}

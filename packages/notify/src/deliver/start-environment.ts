/** What a program needs to run and to find the desktop of its user. A star stands for any ending. */
const PASSED =
  'PATH HOME USER LOGNAME SHELL LANG LANGUAGE LC_* TZ TMPDIR XDG_* DISPLAY WAYLAND_DISPLAY XAUTHORITY DBUS_SESSION_BUS_ADDRESS CODEX_HOME'.split(
    ' ',
  );

/**
 * The part of the environment of a start that a program gets which delivers: it may run hours later, in a resident monitor that
 * somebody else has started.
 * @param more further names, which the target asks for
 */
export function startEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  more: readonly string[] = [],
): Record<string, string> {
  const isPassed = (name: string): boolean =>
    more.includes(name) || PASSED.some((one) => (one.endsWith('*') ? name.startsWith(one.slice(0, -1)) : name === one));
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined && isPassed(entry[0])),
  );
}

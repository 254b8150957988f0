/** `$HOME`, `${OUT_DIR}/x`, `--out=$OUT`, `DIR=~/x`: a whole word, or all of it behind `=`. Not `$1`, `$x` or `a$B`. */
const VARIABLE = /^(?:[\w.-]+=)?(\$(?:[A-Z_][A-Z0-9_]+|\{[A-Z_][A-Z0-9_]+\})(?:\/[\w./-]*)?)$/;
const HOME = /^(?:-[\w.-]*=)?(~\/[\w./-]*)$/;

/** They replace such words themselves, or hand them to a shell elsewhere. */
const REPLACE =
  /(?:^|\/)(?:sh|bash|dash|zsh|ksh|ash|fish|ssh|mosh|docker|podman|nerdctl|kubectl|make|gmake|cmake|ninja|just|awk|gawk|perl|find|xargs|parallel|tmux|screen|grep|rg|sed|jq|git)$/;

/**
 * The first argument that a shell would have replaced, if no shell reads the command. The command got it as it is written.
 * @param kind `~/x` is replaced by many programs themselves, `$X` by few
 */
export function unexpandedWord(argv: readonly string[], kind: 'variable' | 'any'): string | undefined {
  if (argv.some((word) => REPLACE.test(word))) return undefined;
  for (const word of argv.slice(1)) {
    const found = VARIABLE.exec(word)?.[1] ?? (kind === 'any' ? HOME.exec(word)?.[1] : undefined);
    if (found !== undefined) return found;
  }
  return undefined;
}

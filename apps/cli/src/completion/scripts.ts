/** What each shell loads. It asks `pm completion -- <words>` at each Tab, so it stays true when pm changes. */
export const SCRIPTS = {
  bash: `# Completions of pm for bash. In ~/.bashrc: eval "$(pm completion bash)"
_pm_completion() {
  local i line IFS=$'\\n'
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    [[ \${COMP_WORDS[i]} == -- ]] || continue
    # What follows is the command of the user, with completions of its own.
    if declare -F _command_offset >/dev/null; then
      _command_offset $((i + 1))
    elif ((COMP_CWORD == i + 1)); then
      COMPREPLY=($(compgen -c -- "\${COMP_WORDS[COMP_CWORD]}"))
    else
      compopt -o default 2>/dev/null
    fi
    return
  done
  while read -r line; do
    if [[ $line == :files ]]; then
      compopt -o default 2>/dev/null
      return
    fi
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <(command pm completion -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _pm_completion pm process-monitor
`,
  zsh: `#compdef pm process-monitor
# Completions of pm for zsh. In ~/.zshrc, after compinit: source <(pm completion zsh)
_pm() {
  local -a lines described
  local line dashes=\${words[(i)--]}
  if ((dashes < CURRENT)); then
    # What follows is the command of the user, with completions of its own.
    shift $dashes words
    ((CURRENT -= dashes))
    _normal
    return
  fi
  lines=("\${(@f)$(command pm completion -- "\${(@)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)}")
  if [[ $lines[1] == :files ]]; then
    _files
    return
  fi
  for line in $lines; do
    described+=("\${\${line%%$'\\t'*}//:/\\\\:}\${\${(M)line%$'\\t'*}/#$'\\t'/:}")
  done
  _describe -V pm described
}
if [[ $funcstack[1] == _pm ]]; then _pm "$@"; else compdef _pm pm process-monitor; fi
`,
  fish: `# Completions of pm for fish. In ~/.config/fish/config.fish: pm completion fish | source
function __pm_completion
    set -l words (commandline -opc)
    set -l partial (commandline -ct)
    if set -l dashes (contains -i -- -- $words)
        # What follows is the command of the user, with completions of its own.
        complete -C (string join ' ' -- (string escape -- $words[(math $dashes + 1)..]) "$partial")
        return
    end
    set -l lines (command pm completion -- $words[2..] "$partial" 2>/dev/null)
    if test "$lines[1]" = :files
        __fish_complete_path "$partial"
    else
        string join \\n -- $lines
    end
end
complete -c pm -f -k -a '(__pm_completion)'
complete -c process-monitor -f -k -a '(__pm_completion)'
`,
} as const;

export type Shell = keyof typeof SCRIPTS;

import type { Command } from 'commander';
import { type Place, readCommands } from './read-commands.ts';

/** The completion script of a shell, for all there is to be called. */
export const completionScript = (program: Command, shell: 'bash' | 'zsh' | 'fish'): string => {
  const places = readCommands(program);
  return shell === 'fish' ? fish(places) : shell === 'zsh' ? zsh(places) : bash(places);
};

const quoted = (words: readonly string[]): string => `'${words.join(' ')}'`;

/** The words so far that are commands make the place; the flag before the cursor may ask for one of a few values. */
const walk = (places: readonly Place[]): string => `  local place='' i
  for ((i = 1; i < at; i++)); do
    case "$place \${words[i]}" in
${places.filter(({ path }) => path !== '').map(({ path }) => `      '${path.split(' ').slice(0, -1).join(' ')} ${path.split(' ').at(-1)}') place='${path}' ;;`).join('\n')}
    esac
  done`;

const cases = (places: readonly Place[]): string =>
  places
    .map(
      ({ path, commands, flags, choices }) =>
        `    '${path}') flags=${quoted(flags.map(({ name }) => name))}; values=${quoted([...commands.map(({ name }) => name), ...(choices ?? [])])}${commands.length === 0 && choices === undefined ? "; files=yes" : ''} ;;`,
    )
    .join('\n');

const valueCases = (places: readonly Place[]): string =>
  places
    .flatMap(({ path, flags }) => flags.filter(({ takesValue }) => takesValue).map(({ name, choices }) => `    '${path} ${name}') values=${quoted(choices)}; flags=''; files=${choices.length === 0 ? 'yes' : "''"} ;;`))
    .join('\n');

const bash = (places: readonly Place[]): string => `# Completion of openclaw and claw for bash: source <(openclaw completion bash)
_openclaw() {
  local at=$COMP_CWORD
  local words=("\${COMP_WORDS[@]}")
  local current=\${words[at]} before=\${words[at - 1]} flags='' values='' files=''
${walk(places)}
  case "$place" in
${cases(places)}
  esac
  case "$place $before" in
${valueCases(places)}
  esac
  COMPREPLY=()
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$current"))
  else
    COMPREPLY=($(compgen -W "$values" -- "$current"))
    if [[ -n $files && \${#COMPREPLY[@]} -eq 0 ]]; then
      compopt -o default 2>/dev/null
    fi
  fi
}
complete -F _openclaw openclaw claw
`;

const zsh = (places: readonly Place[]): string => `#compdef openclaw claw
# Completion of openclaw and claw for zsh: source <(openclaw completion zsh)
_openclaw() {
  setopt local_options ksh_arrays
  local at=$((CURRENT - 1))
  local current=\${words[at]} before=\${words[at - 1]} flags='' values='' files=''
${walk(places)}
  case "$place" in
${cases(places)}
  esac
  case "$place $before" in
${valueCases(places)}
  esac
  unsetopt ksh_arrays
  if [[ $current == -* ]]; then
    compadd -- \${=flags}
  elif [[ -n $values ]]; then
    compadd -- \${=values}
  elif [[ -n $files ]]; then
    _files
  fi
}
if [[ -n \${functions[compdef]} ]]; then
  compdef _openclaw openclaw claw
else
  autoload -Uz compinit && compinit && compdef _openclaw openclaw claw
fi
`;

const fish = (places: readonly Place[]): string => {
  const known = places.filter(({ path }) => path !== '').map(({ path }) => `'${path}'`).join(' ');
  const lines = places.flatMap(({ path, commands, flags, choices }) => {
    const when = `-n "__openclaw_at '${path}'"`;
    return [
      ...commands.map(({ name, about }) => `$program -f ${when} -a '${name}' -d '${about}'`),
      ...(choices === undefined ? [] : [`$program -f ${when} -a ${quoted(choices)}`]),
      ...flags.map(({ name, about, takesValue, choices: values }) => {
        const spelled = name.startsWith('--') ? `-l '${name.slice(2)}'` : `-s '${name.slice(1)}'`;
        return `$program ${when} ${spelled} -d '${about}'${takesValue ? ' -r' : ''}${values.length > 0 ? ` -f -a ${quoted(values)}` : ''}`;
      }),
    ];
  });
  return `# Completion of openclaw and claw for fish: openclaw completion fish | source
function __openclaw_at
  set -l place ''
  for word in (commandline -opc)[2..-1]
    set -l next (string trim -- "$place $word")
    contains -- $next ${known}; and set place $next
  end
  test "$place" = "$argv[1]"
end
for name in openclaw claw
${lines.map((line) => `  ${line.replace('$program', 'complete -c $name')}`).join('\n')}
end
`;
};

/**
 * Completion for bash and zsh. The script asks `oyez` itself at every Tab, so it never goes stale: words of the
 * command line come from yargs, names of peers and services from the running speaker, if it answers at once.
 */
import { connectApi } from '../api/index.ts'
import { commandLine } from './command-line.ts'
import { ExitCode, emit, type Io } from './io.ts'
import { DEFAULT_SOCKET } from './options.ts'

/** How yargs, and our scripts, ask for candidates. */
export const COMPLETING = '--get-yargs-completions'

const PATIENCE_MS = 300

const BASH = `# bash completion for oyez: source <(oyez completion bash)
_oyez() {
  local word=\${COMP_WORDS[COMP_CWORD]}
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$("\${COMP_WORDS[0]}" --get-yargs-completions "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)" -- "$word"))
  [ \${#COMPREPLY[@]} -eq 0 ] && COMPREPLY=($(compgen -f -- "$word"))
}
complete -o filenames -F _oyez oyez
`

const ZSH = `#compdef oyez
# zsh completion for oyez: put this into a folder of $fpath as _oyez, or source it after compinit.
_oyez() {
  local -a found
  found=("\${(@f)$("\${words[1]}" --get-yargs-completions "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  found=(\${found:#})
  if (( \${#found} )); then compadd -- "\${found[@]}"; else _files; fi
}
if [ "\${funcstack[1]}" = "_oyez" ]; then _oyez "$@"; else compdef _oyez oyez; fi
`

/** `oyez completion`: prints the script. */
export async function completion(
  { shell }: { readonly shell?: 'bash' | 'zsh' | undefined },
  io: Io,
): Promise<ExitCode> {
  const wanted = shell ?? (io.env.SHELL?.endsWith('zsh') ? 'zsh' : 'bash')
  await emit(io.stdout, wanted === 'zsh' ? ZSH : BASH)
  return ExitCode.ok
}

/** What the script asks: `words` are those after `oyez`, the last one being typed. Prints one candidate per line. */
export async function complete(words: readonly string[], io: Io): Promise<ExitCode> {
  const typed = words.at(-1) ?? ''
  const candidates = (await names(words, io)) ?? (await commandWords(words, io))
  await emit(
    io.stdout,
    candidates
      .filter((word) => word.startsWith(typed))
      .map((word) => `${word}\n`)
      .join(''),
  )
  return ExitCode.ok
}

/** Undefined where no peer or service is expected. */
async function names(words: readonly string[], io: Io): Promise<readonly string[] | undefined> {
  const [before, typed = ''] = words.slice(-2)
  const isPeer = before === '--peer'
  const isService = before === '--service' || (before === 'explain' && !typed.startsWith('-'))
  if (words.length < 2 || !(isPeer || isService)) return undefined
  try {
    const found = await connectApi({ socket: socketOf(words, io), timeoutMs: PATIENCE_MS }).names(typed)
    return isPeer ? found.peers : found.services
  } catch {
    return []
  }
}

function socketOf(words: readonly string[], io: Io): string {
  const at = words.indexOf('--socket')
  return (at < 0 ? undefined : words[at + 1]) ?? io.env.OYEZ_SOCKET ?? DEFAULT_SOCKET
}

/** yargs answers as it would print: a word per line, for zsh with its description behind a colon. */
async function commandWords(words: readonly string[], io: Io): Promise<readonly string[]> {
  const args = [COMPLETING, ...words]
  const said: string[] = []
  const cli = commandLine(io, args).completion('complete', false)
  await cli.parseAsync(args, {}, (_error: unknown, _argv: unknown, output: string) => void said.push(output))
  return said.flatMap((text) => text.split('\n')).flatMap((line) => /^[^:]+/.exec(line) ?? [])
}

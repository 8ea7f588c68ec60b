/** The command line as a whole, on yargs. */
import yargs, { type Argv } from 'yargs'
import type { Done } from './command.ts'
import { addCommands } from './commands.ts'
import type { Io } from './io.ts'
import { refuseTwice, usageError } from './usage.ts'

const WIDEST_HELP = 110

/** Help goes by the terminal's width, and English is all it knows. `args` are what was typed. */
export function commandLine(io: Io, args: readonly string[], done: Done = async () => {}): Argv {
  const program = yargs([...args])
    .scriptName(io.plugin === true ? 'kubectl oyez' : 'oyez')
    .usage('$0 <command>\n\nAnnounces Kubernetes LoadBalancer services to the network.')
    .detectLocale(false)
    .strictOptions()
    .strictCommands()
    .recommendCommands()
    .check(refuseTwice)
    .help()
    .alias('help', 'h')
    .version(false)
    .epilogue(
      'Exit codes: 0 done, 1 a finding or a failure, 2 called wrongly, 3 no speaker answers, 4 not found.',
    )
    .wrap(Math.min(io.stdout.columns ?? WIDEST_HELP, WIDEST_HELP))
    .exitProcess(false)
    .fail((message, error) => {
      throw error === undefined || error.name === 'YError'
        ? usageError(error?.message ?? message, args[0])
        : error
    })
  return addCommands(program, io, done)
}

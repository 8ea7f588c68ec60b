/**
 * The command line as it can be typed: names, options, help and examples. What commands do is in their own modules,
 * each loaded only when it is called, so that `oyez peers` does not wait for the YAML parser nor `oyez decode` for
 * the HTTP client.
 */
import type { Argv } from 'yargs'
import { type Done, PROGRAM } from './command.ts'
import { daemonCommands } from './daemon-commands.ts'
import type { Io } from './io.ts'
import { outputOption } from './options.ts'
import { studyCommands } from './study-commands.ts'
import { viewCommands } from './view-commands.ts'

/** All commands, in the order that help shows them. `done` is told each one's exit code. */
export function addCommands(cli: Argv, io: Io, done: Done): Argv {
  const daemons = io.plugin === true ? [] : daemonCommands()
  const all = [...daemons, ...viewCommands(), ...studyCommands(), addCompletion, addVersion]
  return all.reduce((so, add) => add(so, io, done), cli)
}

function addCompletion(cli: Argv, io: Io, done: Done): Argv {
  return cli.command(
    'completion [shell]',
    'Print the completion script of a shell',
    (args) =>
      args
        .positional('shell', { choices: ['bash', 'zsh'] as const, describe: 'Default: from $SHELL' })
        .example(`source <(${PROGRAM} completion bash)`, 'In ~/.bashrc')
        .example(`${PROGRAM} completion zsh > ~/.zfunc/_oyez`, 'A folder in $fpath'),
    async (args) => done((await import('./completion.ts')).completion(args, io)),
  )
}

function addVersion(cli: Argv, io: Io, done: Done): Argv {
  return cli.command(
    'version',
    'Versions',
    (args) => args.options(outputOption).example(`${PROGRAM} version -o json`, 'For bug reports'),
    async (args) => done((await import('./version.ts')).version(args, io)),
  )
}

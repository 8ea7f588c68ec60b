/** Commands that need no speaker: they read a folder, a cluster or a message, and say what they make of it. */
import type { Argv } from 'yargs'
import { type Add, type Done, PROGRAM } from './command.ts'
import { decodeContextOptions } from './decode-options.ts'
import type { Io } from './io.ts'
import { outputOption, planOptions } from './options.ts'

export const studyCommands = (): readonly Add[] => [addPlan, addLint, addShadow, addDecode]

const folder = {
  filename: {
    alias: 'f',
    type: 'string',
    requiresArg: true,
    demandOption: true,
    describe: 'Folder of YAML and JSON',
  },
} as const

function addPlan(cli: Argv, io: Io, done: Done): Argv {
  return cli.command(
    'plan',
    'What would be allocated and announced, and why; needs no speaker',
    (args) =>
      args
        .options({
          ...folder,
          ...outputOption,
          node: { type: 'string', requiresArg: true, describe: 'Only this node' },
          'all-nodes': { type: 'boolean', describe: 'Every node of the folder (the default)' },
          ...planOptions,
        })
        .conflicts('node', 'all-nodes')
        .example(`${PROGRAM} plan -f manifests`, 'Every node')
        .example(`${PROGRAM} plan -f manifests --node node1 -o yaml`, 'One node, for a program or a diff'),
    async (args) => done((await import('./plan.ts')).plan(args, io)),
  )
}

function addLint(cli: Argv, io: Io, done: Done): Argv {
  return cli.command(
    'lint',
    'Every error and warning in a folder; needs no speaker',
    (args) =>
      args
        .options({ ...folder, ...outputOption })
        .example(`${PROGRAM} lint -f manifests`, 'Exit 1 when there are errors')
        .example(`${PROGRAM} lint -f manifests -o json`, 'For an editor or a pipeline'),
    async (args) => done((await import('./lint.ts')).lint(args, io)),
  )
}

function addShadow(cli: Argv, io: Io, done: Done): Argv {
  return cli.command(
    'shadow',
    'Beside a living MetalLB: what oyez would do differently; only reads',
    (args) =>
      args
        .options({
          kubeconfig: {
            type: 'string',
            requiresArg: true,
            describe: 'Kubeconfig file',
            defaultDescription: 'as kubectl',
          },
          context: { type: 'string', requiresArg: true, describe: 'Context of the kubeconfig' },
          namespace: {
            alias: 'n',
            type: 'string',
            requiresArg: true,
            default: 'metallb-system',
            describe: 'Where MetalLB runs and its objects are',
          },
          timeout: {
            type: 'number',
            requiresArg: true,
            default: 30,
            describe: 'Seconds that reading the cluster may take',
          },
          ...outputOption,
          ...planOptions,
        })
        .example(`${PROGRAM} shadow`, 'Exit 0: with oyez nothing would change; 1: something would')
        .example(`${PROGRAM} shadow -n metallb-system -o json`, 'Every difference with its reason'),
    async (args) => done((await import('./shadow.ts')).shadow(args, io)),
  )
}

function addDecode(cli: Argv, io: Io, done: Done): Argv {
  return cli.command(
    'decode [input..]',
    'BGP messages in words; needs no speaker',
    (args) =>
      args
        .positional('input', {
          type: 'string',
          array: true,
          describe: 'Hex, a file with one message in hex per line, or - for stdin (the default)',
        })
        .options({ ...outputOption, ...decodeContextOptions })
        .epilogue('Hex may hold blanks, colons and a leading 0x.')
        .example(`${PROGRAM} decode ffffffffffffffffffffffffffffffff001304`, 'In words')
        .example(`${PROGRAM} decode -o wide messages.hex`, 'Octet by octet')
        .example(`${PROGRAM} decode -o json --ibgp --no-as4 < messages.hex`, 'One JSON object per line'),
    async (args) => done((await import('./decode.ts')).decode(args, io)),
  )
}

/** Commands that run until they are told to end. */
import type { Argv } from 'yargs'
import { API_PORT } from '../places.ts'
import { type Add, type Done, PROGRAM } from './command.ts'
import { controllerFlags } from './controller-flags.ts'
import { apiServerOptions, logOptions, monitoringOptions } from './daemon-options.ts'
import type { Io } from './io.ts'
import { planOptions, socketOption } from './options.ts'

/** Not offered where there is no node: a laptop is none. */
export const daemonCommands = (): readonly Add[] => [addSpeaker, addController, addRun]

function addSpeaker(cli: Argv, io: Io, done: Done): Argv {
  return cli.command(
    'speaker',
    'Run the speaker: announce services from this node',
    (args) =>
      args
        .options({ ...speakerOptions(io.env), ...logOptions, ...planOptions })
        .example(`${PROGRAM} speaker`, 'In a pod of the DaemonSet: all else is in its environment')
        .example(
          `${PROGRAM} speaker --node node1 --kubeconfig ~/.kube/config`,
          'Outside: announce what node1 should',
        )
        .example(`${PROGRAM} speaker --node node1 --manifests /etc/oyez`, 'Without Kubernetes, from a folder')
        .example(`${PROGRAM} speaker --node node1 --manifests . --listen none`, 'Never accept, only connect')
        .example(`${PROGRAM} speaker --node node1 --manifests . --listen [::1]:1179`, 'Accept there only'),
    async (args) => done((await import('./speaker.ts')).speaker(args, io)),
  )
}

const speakerOptions = (env: Io['env']) =>
  ({
    node: {
      type: 'string',
      requiresArg: true,
      ...(env.OYEZ_NODE_NAME && { default: env.OYEZ_NODE_NAME }),
      defaultDescription: '$OYEZ_NODE_NAME',
      describe: 'Name of this node',
    },
    manifests: {
      type: 'string',
      requiresArg: true,
      describe: 'Folder of YAML and JSON that is the cluster state; watched. Without it: the API server',
    },
    ...apiServerOptions(env),
    'service-status': {
      type: 'boolean',
      default: true,
      group: 'The cluster:',
      describe: 'Write a ServiceBGPStatus for each announced service',
    },
    ...socketOption(env),
    'api-port': {
      type: 'number',
      requiresArg: true,
      default: API_PORT,
      describe: 'Port on 127.0.0.1 that answers like the socket; 0: none',
    },
    listen: {
      type: 'string',
      array: true,
      requiresArg: true,
      defaultDescription: 'port 179 on every address',
      describe: 'ADDR:PORT to accept BGP connections on, or none; repeatable',
    },
    ...monitoringOptions,
  }) as const

function addController(cli: Argv, io: Io, done: Done): Argv {
  return cli.command(
    'controller',
    'Run the controller: give services their addresses',
    (args) =>
      args
        .options({
          ...apiServerOptions(io.env),
          ...controllerFlags(9_443),
          ...monitoringOptions,
          ...logOptions,
          ...planOptions,
        })
        .example(`${PROGRAM} controller`, 'In a pod of the Deployment: all else is in its environment')
        .example(`${PROGRAM} controller --kubeconfig ~/.kube/config --webhook-port 0`, 'Outside the cluster')
        .example(`${PROGRAM} controller --move-delay 2m`, 'Two minutes to put back a pool that was wrong')
        .example(`${PROGRAM} controller --lb-class example.net/oyez`, 'Beside another implementation'),
    async (args) => done((await import('./controller.ts')).controller(args, io)),
  )
}

function addRun(cli: Argv, io: Io, done: Done): Argv {
  return cli.command(
    'run',
    'Run controller and speaker in one process: one node, or a trial',
    (args) =>
      args
        .options({
          ...speakerOptions(io.env),
          ...controllerFlags(0),
          'controller-metrics-address': {
            type: 'string',
            requiresArg: true,
            group: 'Monitoring:',
            default: '127.0.0.1:9121',
            describe: 'ADDR:PORT of the /metrics of the controller, or none',
          },
          ...logOptions,
          ...planOptions,
        })
        .example(`${PROGRAM} run --node node1`, 'With the cluster that kubectl talks to')
        .example(`${PROGRAM} run --node node1 --listen none`, 'Never accept BGP connections, only connect'),
    async (args) => done((await import('./run-all.ts')).runAll(args, io)),
  )
}

/** What every command is added by. */
import type { Argv } from 'yargs'
import type { ExitCode, Io } from './io.ts'

export type Done = (code: ExitCode | Promise<ExitCode>) => Promise<void>

export type Add = (cli: Argv, io: Io, done: Done) => Argv

/** yargs puts the name of the program there. */
export const PROGRAM = '$0'

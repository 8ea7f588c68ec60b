/** How the demo talks: headings, the command that is shown before its output, and claims with a mark. */
import { styleText } from 'node:util'

export function heading(text: string): void {
  console.log(`\n${styleText('bold', `━━ ${text}`)}`)
}

export function say(text: string): void {
  console.log(text)
}

/** A command as a person would type it on that machine, and what it printed. */
export function shown(machine: string, command: string, output: string): void {
  console.log(`\n${styleText('cyan', `${machine} $ ${command}`)}`)
  console.log(
    output
      .trimEnd()
      .split('\n')
      .map((line) => `  ${line.trimEnd()}`)
      .join('\n'),
  )
}

export function held(claim: string): void {
  console.log(`${styleText('green', '✓')} ${claim}`)
}

/** A claim of the demo that does not hold: the demo's only expected failure. */
export class BrokenClaim extends Error {}

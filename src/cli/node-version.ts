/**
 * An older Node.js would end somewhere in the middle with a TypeError. Imports nothing, so that it runs on any.
 */
const OLDEST = [22, 19] as const

export function isTooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])
}

export function refuseOldNode({ versions, stderr, exit }: NodeJS.Process): void {
  if (!isTooOld(versions.node)) return
  const need = `oyez: needs Node.js ${OLDEST.join('.')} or newer; this is ${versions.node}`
  stderr.write(
    `${need}\nin a checkout, \`npx oyez\` and \`node_modules/.bin/node\` use the one that \`npm ci\` installed\n`,
  )
  exit(1)
}

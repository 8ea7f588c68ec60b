/** The TCP MD5 password of a peer (RFC 2385): given, or in a Secret. It appears in no message. */
import type { Path } from './objects.ts'
import type { PeerSpec } from './peer-schema.ts'
import type { Report } from './report.ts'

/** What the kernel takes (TCP_MD5SIG_MAXKEYLEN), in octets. */
const LONGEST_PASSWORD = 80

export interface PasswordChoice {
  readonly password?: string
  /** The name of a Secret in the namespace of the peer. */
  readonly passwordSecret?: string
}

/** Empty text and an empty reference mean none: MetalLB prints both for peers without password. */
export function readPassword({ password, passwordSecret }: PeerSpec, report: Report): PasswordChoice {
  const path = ['spec', 'passwordSecret']
  if (password && passwordSecret?.name)
    report.error(
      'Contradiction',
      path,
      'password and passwordSecret exclude each other',
      'keep passwordSecret',
    )
  if (passwordSecret?.namespace && !passwordSecret.name)
    report.error(
      'MissingField',
      [...path, 'name'],
      'is required',
      'the name of a kubernetes.io/basic-auth Secret',
    )
  if (password) {
    const problem = passwordProblem(password)
    if (problem !== undefined) report.error('InvalidPassword', ['spec', 'password'], problem)
    warnNewline(password, ['spec', 'password'], report)
  }
  return {
    ...(password && { password }),
    ...(passwordSecret?.name && { passwordSecret: passwordSecret.name }),
  }
}

export function passwordProblem(password: string): string | undefined {
  const octets = new TextEncoder().encode(password).length
  if (octets === 0) return 'the password is empty'
  if (octets > LONGEST_PASSWORD)
    return `the password has ${octets} octets; TCP MD5 takes at most ${LONGEST_PASSWORD}`
  return undefined
}

export function warnNewline(password: string, path: Path, report: Report, where = 'the password'): void {
  if (!/[\r\n]$/.test(password)) return
  const message = `${where} ends with a line break, which is then part of the password`
  report.warning('PasswordEndsWithNewline', path, message, 'encode it with "echo -n" or "printf"')
}

/** Rules about peers among themselves and their Secrets. */
import { checkNodes } from './advertisement-rules.ts'
import { placeText, quote } from './diagnostics.ts'
import type { Findings } from './findings.ts'
import type { Good, Inventory } from './inventory.ts'
import type { LastKnown } from './last-known.ts'
import { type ParsedOf, titleOf } from './objects.ts'
import { passwordProblem, warnNewline } from './peer-password.ts'
import { BASIC_AUTH } from './secret.ts'
import { matches } from './selectors.ts'
import { didYouMean } from './suggest.ts'
import type { BgpPeer, Node } from './types.ts'

type GoodPeer = Good<'BGPPeer'>
type SomeSecret = ParsedOf<'Secret'>

const NAME = ['spec', 'passwordSecret', 'name']

export function resolvePeers(
  inventory: Inventory,
  findings: Findings,
  lastKnown: LastKnown,
): readonly BgpPeer[] {
  return inventory.good('BGPPeer').map((object) => {
    checkNodes(object, object.value.peer.nodeSelectors, inventory, findings)
    const password = passwordOf(object, inventory, findings, lastKnown)
    return password === undefined ? object.value.peer : { ...object.value.peer, password }
  })
}

type Finding = { readonly code: string; readonly message: string; readonly hint?: string }

/** What is wrong with the Secret is told at the peer that names it. */
function passwordOf(
  object: GoodPeer,
  inventory: Inventory,
  findings: Findings,
  lastKnown: LastKnown,
): string | undefined {
  const wanted = object.value.passwordSecret
  if (wanted === undefined) return undefined
  const secrets = inventory.all('Secret')
  // In the namespace of the peer; the namespace in the reference is not looked at, as in MetalLB.
  const secret = secrets.find(({ name, namespace }) => name === wanted && namespace === object.namespace)
  const found = secret === undefined ? missing(object, wanted, secrets) : readSecret(secret)
  if (typeof found === 'string') {
    warnNewline(
      found,
      NAME,
      findings.about(object),
      `the password in ${titleOf('Secret', secret as SomeSecret)}`,
    )
    return found
  }
  const last = lastKnown.password(object.name, wanted)
  const { code, message, hint } = found
  // A Secret that was refused has been told already.
  if (secret !== undefined && secret.value === undefined && !findings.goesOn) return undefined
  const report = last === undefined ? findings.about(object) : findings.excused(object)
  const kept = last === undefined ? '' : '; the last password stays in use'
  report.error(code, NAME, message + kept, hint)
  return last
}

function missing(object: GoodPeer, wanted: string, secrets: readonly SomeSecret[]): Finding {
  const elsewhere = secrets.find(({ name }) => name === wanted)
  const near = secrets.filter(({ namespace }) => namespace === object.namespace).map(({ name }) => name)
  const hint =
    elsewhere === undefined
      ? (didYouMean(wanted, near) ?? `create it, with type ${BASIC_AUTH} and key password`)
      : `there is one in namespace ${elsewhere.namespace}; it must be in that of the peer`
  const message = `there is no Secret ${quote(wanted)} in namespace ${object.namespace}`
  return { code: 'SecretNotFound', message, hint }
}

/** The password, or why there is none. */
function readSecret(secret: SomeSecret): string | Finding {
  const title = titleOf('Secret', secret)
  if (secret.value === undefined)
    return { code: 'SecretUnreadable', message: `${title} has errors of its own` }
  const { type, password, unreadable } = secret.value
  if (type !== BASIC_AUTH) {
    const message = `${title} has type ${quote(type)}`
    return { code: 'WrongSecretType', message, hint: `its type must be ${BASIC_AUTH}` }
  }
  if (unreadable !== undefined) return { code: 'SecretUnreadable', message: `${title}: ${unreadable}` }
  if (password === undefined) {
    const message = `${title} has no key "password"`
    return { code: 'SecretWithoutPassword', message, hint: 'add it under stringData or data' }
  }
  const problem = passwordProblem(password)
  return problem === undefined ? password : { code: 'InvalidPassword', message: `${title}: ${problem}` }
}

/** Whatever their ports: connections from one address cannot be told apart. */
export function checkTwins(inventory: Inventory, nodes: readonly Node[], findings: Findings): void {
  const byAddress = Map.groupBy(inventory.good('BGPPeer'), ({ value }) => value.peer.peerAddress)
  for (const objects of byAddress.values()) {
    for (const [at, object] of objects.entries()) {
      const twin = objects
        .slice(0, at)
        .find((earlier) => shareNode(earlier.value.peer, object.value.peer, nodes))
      if (twin !== undefined) reportTwin(object, twin, findings)
    }
  }
}

function reportTwin(object: GoodPeer, twin: GoodPeer, findings: Findings): void {
  const { peerAddress } = object.value.peer
  const where = placeText(twin.origin.locate(['spec', 'peerAddress']))
  const names = `BGPPeer ${twin.name}${where && ` (${where})`}`
  const message = `${peerAddress} is also the router of ${names}, on the same node`
  const hint = 'remove one, or give them nodeSelectors that share no node'
  findings.about(object).error('DuplicatePeer', ['spec', 'peerAddress'], message, hint)
}

const shareNode = (a: BgpPeer, b: BgpPeer, nodes: readonly Node[]): boolean =>
  nodes.some(({ labels }) => matches(a.nodeSelectors, labels) && matches(b.nodeSelectors, labels))

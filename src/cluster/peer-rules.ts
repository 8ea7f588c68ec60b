/** Rules about peers among themselves and their Secrets. */
import { checkNodes } from './advertisement-rules.ts'
import { placeText, quote } from './diagnostics.ts'
import type { Findings } from './findings.ts'
import type { Good, Inventory } from './inventory.ts'
import type { ParsedOf, Secret } from './objects.ts'
import { passwordProblem, warnNewline } from './peer-password.ts'
import { BASIC_AUTH } from './secret.ts'
import { matches } from './selectors.ts'
import { didYouMean } from './suggest.ts'
import type { BgpPeer, Node } from './types.ts'

type GoodPeer = Good<'BGPPeer'>
type SomeSecret = ParsedOf<'Secret'>

const NAME = ['spec', 'passwordSecret', 'name']

export function resolvePeers(inventory: Inventory, findings: Findings): readonly BgpPeer[] {
  const secrets = inventory.all('Secret')
  return inventory.good('BGPPeer').map((object) => {
    checkNodes(object, object.value.peer.nodeSelectors, inventory, findings)
    const password = passwordOf(object, secrets, findings)
    return password === undefined ? object.value.peer : { ...object.value.peer, password }
  })
}

/** The Secret is in the namespace of the peer; the namespace in the reference is not looked at, as in MetalLB. */
function passwordOf(
  object: GoodPeer,
  secrets: readonly SomeSecret[],
  findings: Findings,
): string | undefined {
  const wanted = object.value.passwordSecret
  if (wanted === undefined) return undefined
  const secret = secrets.find(({ name, namespace }) => name === wanted && namespace === object.namespace)
  if (secret === undefined) reportMissing(object, wanted, secrets, findings)
  else if (secret.value !== undefined) return readSecret(object, secret, secret.value, findings)
  return undefined
}

function reportMissing(
  object: GoodPeer,
  wanted: string,
  secrets: readonly SomeSecret[],
  findings: Findings,
): void {
  const elsewhere = secrets.find(({ name }) => name === wanted)
  const near = secrets.filter(({ namespace }) => namespace === object.namespace).map(({ name }) => name)
  const hint =
    elsewhere === undefined
      ? (didYouMean(wanted, near) ?? `create it, with type ${BASIC_AUTH} and key password`)
      : `there is one in namespace ${elsewhere.namespace}; it must be in that of the peer`
  const message = `there is no Secret ${quote(wanted)} in namespace ${object.namespace}`
  findings.about(object).error('SecretNotFound', NAME, message, hint)
}

function readSecret(
  object: GoodPeer,
  secret: SomeSecret,
  { type, password, unreadable }: Secret,
  findings: Findings,
): string | undefined {
  const report = findings.about(object)
  const title = `Secret ${secret.namespace}/${secret.name}`
  if (type !== BASIC_AUTH)
    report.error(
      'WrongSecretType',
      NAME,
      `${title} has type ${quote(type)}`,
      `its type must be ${BASIC_AUTH}`,
    )
  else if (unreadable !== undefined) report.error('SecretUnreadable', NAME, `${title}: ${unreadable}`)
  else if (password === undefined)
    report.error(
      'SecretWithoutPassword',
      NAME,
      `${title} has no key "password"`,
      'add it under stringData or data',
    )
  else {
    const problem = passwordProblem(password)
    if (problem !== undefined) report.error('InvalidPassword', NAME, `${title}: ${problem}`)
    warnNewline(password, NAME, report, `the password in ${title}`)
    return password
  }
  return undefined
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

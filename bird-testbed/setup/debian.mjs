// Debian packages: routers for the lab, a C compiler for the addon. As root they are installed; otherwise, or without
// apt-get, it is said exactly which are missing. An installed router must not start speaking on the machine: Debian
// starts services at installation unless policy-rc.d forbids it, so one stands there for as long as that takes.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { OUTER_PATH, runQuietly } from './run.mjs'

const CLUSTER = 'tests in a Kubernetes cluster'
const COMPOSE = 'the test that plays docker-compose.yml'
const PYTHON_MODULES = '/usr/lib/python3/dist-packages'

/** Package -> what proves that it, or something as good, is there; services that it brings; who needs it. */
const PACKAGES = {
  iproute2: { proof: 'ip', services: [], for: 'the lab' },
  bird2: { proof: 'bird', services: ['bird'], for: 'the demo and the lab tests' },
  frr: { proof: '/usr/lib/frr/bgpd', services: ['frr'], for: 'the lab tests with FRR' },
  gcc: { proof: 'cc', services: [], for: 'the addon (TCP MD5, TTL security)' },
  'libc6-dev': { proof: '/usr/include/stdio.h', services: [], for: 'the addon (TCP MD5, TTL security)' },
  gobgpd: { proof: 'gobgpd', services: ['gobgpd'], for: 'tests and benchmark with GoBGP', optional: true },
  openbgpd: { proof: 'bgpctl', services: ['openbgpd'], for: 'tests with OpenBGPD', optional: true },
  faketime: { proof: 'faketime', services: [], for: 'the test with a clock that jumps', optional: true },
  openssl: { proof: 'openssl', services: [], for: CLUSTER, optional: true },
  containerd: { proof: 'containerd', services: ['containerd'], for: CLUSTER, optional: true },
  runc: { proof: 'runc', services: [], for: CLUSTER, optional: true },
  'containernetworking-plugins': { proof: '/usr/lib/cni/bridge', services: [], for: CLUSTER, optional: true },
  nftables: { proof: 'nft', services: ['nftables'], for: CLUSTER, optional: true },
  'busybox-static': { proof: '/usr/bin/busybox', services: [], for: CLUSTER, optional: true },
  binutils: { proof: 'strip', services: [], for: CLUSTER, optional: true },
  buildah: { proof: 'buildah', services: [], for: CLUSTER, optional: true },
  curl: { proof: 'curl', services: [], for: COMPOSE, optional: true },
  podman: { proof: 'podman', services: ['podman'], for: COMPOSE, optional: true },
  netavark: { proof: '/usr/lib/podman/netavark', services: [], for: COMPOSE, optional: true },
  'aardvark-dns': { proof: '/usr/lib/podman/aardvark-dns', services: [], for: COMPOSE, optional: true },
  'python3-pip': { proof: `${PYTHON_MODULES}/pip`, services: [], for: COMPOSE, optional: true },
  'python3-yaml': { proof: `${PYTHON_MODULES}/yaml`, services: [], for: COMPOSE, optional: true },
  'python3-dotenv': { proof: `${PYTHON_MODULES}/dotenv`, services: [], for: COMPOSE, optional: true },
}

/** Installs what is missing if it may; returns the packages that are missing afterwards. */
export async function installDebianPackages(purpose) {
  const relevant = Object.keys(PACKAGES).filter((name) => isRelevant(PACKAGES[name], purpose))
  const absent = () => relevant.filter((name) => !isThere(PACKAGES[name].proof))
  removeForgottenPolicy()
  if (absent().length > 0 && mayInstall()) await install(absent())
  tell(absent())
  return absent()
}

/** The demos need no other routers than BIRD; the one in a cluster needs that cluster. */
function isRelevant({ optional, for: use }, purpose) {
  if (purpose === 'demo') return !optional
  return purpose !== 'cluster demo' || !optional || use === CLUSTER
}

function isThere(proof) {
  if (proof.startsWith('/')) return existsSync(proof)
  return OUTER_PATH.split(delimiter).some((directory) => existsSync(join(directory, proof)))
}

function mayInstall() {
  return process.getuid?.() === 0 && isThere('apt-get')
}

function tell(missing) {
  if (missing.length === 0) return
  console.log('Not installed:')
  for (const name of missing) console.log(`  ${name.padEnd(27)} for ${PACKAGES[name].for}`)
  console.log(`To have them: sudo apt-get install --no-install-recommends ${missing.join(' ')}`)
}

async function install(names) {
  // Lists first: they may be old, or there may be none. Where that fails, what apt knows already may still do.
  const lists = await apt('package lists: apt-get update', ['update'])
  if (lists.code !== 0) console.log(lists.output)
  await withoutServices(async () => {
    const required = names.filter((name) => !PACKAGES[name].optional)
    if (required.length > 0) await installTogether(required)
    // One by one: a release that lacks one of the optional ones must not lose the other.
    for (const name of names.filter((each) => PACKAGES[each].optional)) await installTogether([name])
  })
  disableServices(names.flatMap((name) => PACKAGES[name].services))
}

async function installTogether(names) {
  const argv = ['install', '--yes', '--no-install-recommends', ...names]
  const { code, output } = await apt(`Debian packages: ${names.join(' ')}`, argv)
  if (code !== 0) console.log(output)
}

function apt(what, args) {
  const env = { DEBIAN_FRONTEND: 'noninteractive', PATH: OUTER_PATH }
  return runQuietly(what, ['apt-get', '--quiet', ...args], { env })
}

const POLICY = '/usr/sbin/policy-rc.d'
const POLICY_TEXT =
  '#!/bin/sh\n# Put here by the set-up of oyez while it installs routers; it removes this again.\nexit 101\n'

async function withoutServices(work) {
  if (existsSync(POLICY)) return work()
  writeFileSync(POLICY, POLICY_TEXT, { mode: 0o755 })
  try {
    await work()
  } finally {
    rmSync(POLICY, { force: true })
  }
}

/** Left by a set-up that was killed: it would keep services of other packages from starting. */
function removeForgottenPolicy() {
  if (process.getuid?.() !== 0 || !existsSync(POLICY)) return
  if (readFileSync(POLICY, 'utf8') === POLICY_TEXT) rmSync(POLICY)
}

/** Nor at the next boot: only services that came with what was just installed. */
function disableServices(services) {
  if (!existsSync('/run/systemd/system')) return
  for (const service of services) spawnSync('systemctl', ['disable', '--now', `${service}.service`])
}

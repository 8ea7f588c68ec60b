/**
 * oyez's own image, from deploy/Dockerfile, on the lab's base: what users run, made without a registry. buildah runs
 * without a daemon, in mounts of its own; the result is kept under a name that says what went into it.
 */
import { createHash, type Hash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runCommand } from '../command.ts'
import { cacheDirectory } from './binaries.ts'
import { type Image, whole } from './image.ts'
import { baseImage } from './images.ts'
import { privateMounts } from './private-mounts.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const DOCKERFILE = 'deploy/Dockerfile'
/** Makes the files of the image from what `npm run build` has made. */
const FILES = 'build/image-root.mjs'
const INGREDIENTS = [DOCKERFILE, FILES, 'package.json', 'LICENSE', 'dist/program', 'dist/native']

/** Why the image cannot be built; undefined when it can. */
export function missingImageFiles(): string | undefined {
  const absent = INGREDIENTS.find((name) => !existsSync(join(ROOT, name)))
  return absent === undefined ? undefined : `there is no ${absent}: npm run build makes it`
}

/** The image under a name (with a tag). Takes some ten seconds when something changed, else nothing. */
export async function oyezImage(reference = 'localhost/oyez:lab'): Promise<Image> {
  const base = await baseImage()
  const hash = createHash('sha256').update([reference, base.archive, process.version].join('\n'))
  for (const name of INGREDIENTS) addContent(hash, join(ROOT, name))
  const archive = join(cacheDirectory(), 'images', `oyez-${hash.digest('hex').slice(0, 16)}.tar`)
  if (!existsSync(archive)) {
    await whole(archive, (file) => build({ reference, archive: file }, base))
    forgetOld(dirname(archive))
  }
  return { reference, archive }
}

/** Each is more than 100 MB, and every change of the program makes one: the last few are enough. */
function forgetOld(folder: string): void {
  const made = readdirSync(folder)
    .filter((name) => /^oyez-[0-9a-f]+\.tar$/.test(name))
    .map((name) => join(folder, name))
    .sort((one, other) => statSync(other).mtimeMs - statSync(one).mtimeMs)
  for (const file of made.slice(4)) rmSync(file, { force: true })
}

async function build({ reference, archive }: Image, base: Image): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'oyez-build-'))
  try {
    await runCommand([process.execPath, join(ROOT, FILES), join(folder, 'context/root')])
    const buildah = inStorage(folder)
    await buildah('pull', '--quiet', `docker-archive:${base.archive}`)
    const choices = ['FILES=prepared', `BASE=${base.reference}`].flatMap((each) => ['--build-arg', each])
    const file = ['--file', join(ROOT, DOCKERFILE), '--tag', reference]
    await buildah(
      'build',
      '--isolation',
      'chroot',
      '--format',
      'docker',
      ...choices,
      ...file,
      join(folder, 'context'),
    )
    await buildah('push', '--quiet', reference, `docker-archive:${archive}:${reference}`)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** buildah with everything it keeps in `folder`, and with mounts that nobody else sees. */
function inStorage(folder: string) {
  const settings = join(folder, 'containers.conf')
  writeFileSync(settings, `${CONTAINERS_CONF}network_config_dir = "${folder}/networks"\n`)
  const policy = join(folder, 'policy.json')
  writeFileSync(policy, JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] }))
  const storage = [
    '--root',
    join(folder, 'storage'),
    '--runroot',
    join(folder, 'run'),
    '--storage-driver',
    'overlay',
  ]
  const own = `${privateMounts(folder)}\nexec "$@"`
  const argv = ['unshare', '--mount', '--', 'sh', '-ec', own, 'sh', 'buildah', ...storage]
  const env = { CONTAINERS_CONF: settings, BUILDAH_ISOLATION: 'chroot' }
  return (command: string, ...args: readonly string[]) =>
    runCommand([...argv, command, '--signature-policy', policy, ...args], { env })
}

/** Limits that may be raised nowhere: not above what this machine has. */
const CONTAINERS_CONF = `[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[network]
network_backend = "netavark"
`

function addContent(hash: Hash, path: string): void {
  if (!statSync(path).isDirectory()) {
    hash.update(`${path}\n`).update(readFileSync(path))
    return
  }
  for (const name of readdirSync(path).sort()) addContent(hash, join(path, name))
}

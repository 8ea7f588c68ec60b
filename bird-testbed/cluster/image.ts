/**
 * Container images without a container engine: a directory packed as a docker-archive of one layer. Owners and times
 * are left out, so equal content gives an equal image.
 */
import { createHash, randomBytes } from 'node:crypto'
import {
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { runCommand } from '../command.ts'

/** An image that nodes can load. */
export interface Image {
  /** `localhost/web:1`; with a tag other than `latest`, which kubelet would want to pull. */
  readonly reference: string
  /** Path of the docker-archive. */
  readonly archive: string
}

export interface ImageConfig {
  readonly entrypoint?: readonly string[]
  readonly command?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** Packs `directory` as the image's root. Takes about a second per 100 MB. */
export async function packImage(
  archive: string,
  reference: string,
  directory: string,
  config: ImageConfig = {},
): Promise<Image> {
  const folder = mkdtempSync(join(tmpdir(), 'oyez-image-'))
  try {
    const layer = join(folder, 'layer.tar')
    await tar(layer, directory, '.')
    const digest = await sha256(layer)
    const description = JSON.stringify(imageDescription(digest, config))
    const configFile = `${createHash('sha256').update(description).digest('hex')}.json`
    writeFileSync(join(folder, configFile), description)
    const manifest = [{ Config: configFile, RepoTags: [reference], Layers: ['layer.tar'] }]
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest))
    await whole(archive, (file) => tar(file, folder, configFile, 'layer.tar', 'manifest.json'))
    return { reference, archive }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** An archive made once and kept: `make` runs when there is none at `archive` yet. */
export async function keptImage(
  image: Image,
  make: (folder: string) => Promise<ImageConfig>,
): Promise<Image> {
  if (existsSync(image.archive)) return image
  const folder = mkdtempSync(join(tmpdir(), 'oyez-image-'))
  try {
    const config = await make(folder)
    return await packImage(image.archive, image.reference, folder, config)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function imageDescription(layer: string, { entrypoint, command, env = {} }: ImageConfig): unknown {
  const variables = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', ...env }
  return {
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    created: '1970-01-01T00:00:00Z',
    config: {
      Env: Object.entries(variables).map(([name, value]) => `${name}=${value}`),
      ...(entrypoint === undefined ? {} : { Entrypoint: entrypoint }),
      ...(command === undefined ? {} : { Cmd: command }),
      WorkingDir: '/',
    },
    rootfs: { type: 'layers', diff_ids: [`sha256:${layer}`] },
    history: [{ created: '1970-01-01T00:00:00Z' }],
  }
}

/** Appears under its name only when it is whole: another process may look for it. */
export async function whole(archive: string, write: (unfinished: string) => Promise<unknown>): Promise<void> {
  mkdirSync(dirname(archive), { recursive: true })
  const unfinished = `${archive}.${randomBytes(4).toString('hex')}`
  await write(unfinished)
  renameSync(unfinished, archive)
}

const REPRODUCIBLE = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--mtime=@0']

function tar(archive: string, directory: string, ...names: readonly string[]): Promise<unknown> {
  return runCommand(['tar', '--format=gnu', ...REPRODUCIBLE, '-cf', archive, '-C', directory, ...names])
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk)
  return hash.digest('hex')
}

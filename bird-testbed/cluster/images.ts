/**
 * The images that the lab makes itself, since nothing can be pulled: `pause` for every pod, a small web server as a
 * workload, and the base that oyez's own image is built on: the C and C++ libraries, as distroless has them. Kept in
 * the lab's cache.
 */
import { createHash } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runCommand } from '../command.ts'
import { cacheDirectory } from './binaries.ts'
import { type Image, type ImageConfig, keptImage } from './image.ts'
import { PAUSE_IMAGE } from './node-files.ts'

export const BUSYBOX = '/usr/bin/busybox'

/** Answers on port 8080: `/` is the node's and the pod's name (`$NODE`, `$POD`), `/cgi-bin/who` also the client's address, `/ready` for probes. */
export const WEB_IMAGE = 'localhost/web:1'

/** The libraries that Node needs, and nothing else: no shell either. */
export const BASE_IMAGE = 'localhost/base:1'

const PAUSE = `#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
static void quit(int signal) { _exit(0); }
static void reap(int signal) { while (waitpid(-1, 0, WNOHANG) > 0); }
int main(void) {
  signal(SIGTERM, quit);
  signal(SIGINT, quit);
  signal(SIGCHLD, reap);
  for (;;) pause();
}
`

/** The server writes IPv4 clients as `[::ffff:192.0.2.1]`. */
const WHO = `#!/bin/sh
client="\${REMOTE_ADDR#[}"
client="\${client%]}"
printf 'Content-Type: application/json\\r\\n\\r\\n{"node":"%s","pod":"%s","client":"%s"}\\n' "$NODE" "$POD" "\${client#::ffff:}"
`

const SERVE = `mkdir -p /tmp/www/cgi-bin
echo "$NODE $POD" > /tmp/www/index.html
ln -s /who /tmp/www/cgi-bin/who
echo ready > /tmp/www/ready
exec httpd -f -p "\${PORT:-8080}" -h /tmp/www
`

/** Reaps what is orphaned in a pod, and waits. */
export function pauseImage(): Promise<Image> {
  return kept(PAUSE_IMAGE, [PAUSE], async (folder) => {
    const source = join(folder, 'pause.c')
    writeFileSync(source, PAUSE)
    await runCommand(['gcc', '-Os', '-static', '-s', '-o', join(folder, 'pause'), source])
    return { entrypoint: ['/pause'] }
  })
}

export function webImage(): Promise<Image> {
  return kept(WEB_IMAGE, [WHO, SERVE, traits(BUSYBOX)], async (folder) => {
    await addBusybox(folder)
    writeFileSync(join(folder, 'who'), WHO, { mode: 0o755 })
    writeFileSync(join(folder, 'serve'), SERVE)
    return { command: ['/bin/sh', '/serve'] }
  })
}

export function baseImage(): Promise<Image> {
  return kept(BASE_IMAGE, [traits(process.execPath)], async (folder) => {
    await addLibraries(folder, process.execPath)
    for (const [path, text] of Object.entries(BASE_FILES)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    mkdirSync(join(folder, 'tmp'))
    chmodSync(join(folder, 'tmp'), 0o1777)
    return {}
  })
}

const BASE_FILES = {
  'etc/passwd': 'root:x:0:0:root:/:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/:/sbin/nologin\n',
  'etc/group': 'root:x:0:\nnonroot:x:65532:\n',
  'etc/nsswitch.conf': 'hosts: files dns\n',
}

/** Kept under a name that says what went into it: this file, and what is given. */
function kept(
  reference: string,
  ingredients: readonly string[],
  make: (folder: string) => Promise<ImageConfig>,
): Promise<Image> {
  const own = readFileSync(fileURLToPath(import.meta.url), 'utf8')
  const hash = createHash('sha256')
    .update([own, ...ingredients].join('\n'))
    .digest('hex')
    .slice(0, 16)
  const name = reference.replaceAll(/[/:]/g, '-')
  return keptImage({ reference, archive: join(cacheDirectory(), 'images', `${name}-${hash}.tar`) }, make)
}

/** Enough to notice another version of a program; its time would be another in every checkout. */
function traits(file: string): string {
  return `${file} ${process.version} ${statSync(file).size}`
}

async function addBusybox(folder: string): Promise<void> {
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  mkdirSync(join(folder, 'tmp'))
  chmodSync(join(folder, 'tmp'), 0o1777)
  copyFileSync(BUSYBOX, join(bin, 'busybox'))
  await addLibraries(folder, BUSYBOX)
  const { stdout } = await runCommand([BUSYBOX, '--list'])
  const applets = stdout.split('\n').filter((name) => name !== '' && name !== 'busybox')
  for (const name of applets) symlinkSync('busybox', join(bin, name))
}

/** At the paths where the loader looks for them, whatever links lead there. */
async function addLibraries(folder: string, program: string): Promise<void> {
  // Of a statically linked program ldd says that it is not dynamic, and fails.
  const { stdout } = await runCommand(['ldd', program], { anyCode: true })
  for (const [path] of stdout.matchAll(/\/\S+\.so\S*/g)) {
    const place = join(folder, path)
    mkdirSync(dirname(place), { recursive: true })
    copyFileSync(path, place)
    chmodSync(place, 0o755)
  }
}

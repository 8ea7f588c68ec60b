/**
 * Mounts of one's own for programs whose paths are fixed, whatever they are configured with: containerd's shims, CNI,
 * kubelet, buildah. On the machine itself they would meet each other's files there, and leave them behind.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

/**
 * A shell script for the beginning of a new mount namespace: /run and /var/log are empty and in memory, and what is
 * written below /var/lib goes to `directory`.
 */
export function privateMounts(directory: string): string {
  const [upper, work] = ['written', 'work'].map((name) => join(directory, 'var-lib', name))
  for (const folder of [upper, work]) mkdirSync(folder ?? '', { recursive: true })
  return `
mount --make-rprivate /
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /var/log
mount -t overlay -o lowerdir=/var/lib,upperdir=${upper},workdir=${work} overlay /var/lib`
}

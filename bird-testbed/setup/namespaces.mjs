// The lab makes network namespaces: as root directly, as a plain user inside a user namespace where the kernel has them.
import { spawnSync } from 'node:child_process'
import { OUTER_PATH } from './run.mjs'

const USER_NAMESPACE = ['unshare', '--map-root-user', '--net', '--mount', '--']

/** What stands before a command that uses the lab; undefined, with the reason told, where no lab can be. */
export function labPrefix() {
  if (works(['unshare', '--net', '--mount', 'true'])) return []
  if (works([...USER_NAMESPACE, 'true'])) {
    console.log('Not root: the lab runs in a user namespace.')
    return USER_NAMESPACE
  }
  console.log('The lab cannot run here: it needs root, or a kernel that lets users make namespaces.')
  console.log('  To try: unshare --map-root-user --net true')
  console.log('  What may forbid it: sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone,')
  console.log('  kernel.apparmor_restrict_unprivileged_userns, or the container this runs in.')
  return undefined
}

function works([file, ...args]) {
  return spawnSync(file, args, { env: { ...process.env, PATH: OUTER_PATH } }).status === 0
}

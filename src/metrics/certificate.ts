/**
 * The certificate that `/metrics` is served with: a pair of files that somebody else renews (cert-manager, a Secret),
 * or one made here that vouches for itself, for scrapers that are told not to verify it.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock, Log, Timer } from '../../bgp/index.ts'

/** PEM. */
export interface KeyPair {
  readonly cert: string
  readonly key: string
}

export interface CertificateSource {
  /** Rejects when there is none to be had. */
  current(): Promise<KeyPair>
  onChange(take: (pair: KeyPair) => void): void
  close(): void
}

const LOOK_MS = 60_000
const DAY_MS = 86_400_000

/** `tls.crt` and `tls.key` of a folder, read again once a minute. */
export const certificateFiles = (folder: string, clock: Clock, log: Log): CertificateSource =>
  renewed(() => readPair(folder), LOOK_MS, clock, log)

/** Made anew before it ends. @param days how long it is good */
export const ownCertificate = (
  make: () => Promise<KeyPair>,
  days: number,
  clock: Clock,
  log: Log,
): CertificateSource => renewed(make, Math.min((days * DAY_MS) / 2, LONGEST_TIMER_MS), clock, log)

/** setTimeout takes no more than 31 bits. */
const LONGEST_TIMER_MS = 20 * DAY_MS

async function readPair(folder: string): Promise<KeyPair> {
  const [cert, key] = await Promise.all(
    ['tls.crt', 'tls.key'].map((name) => readFile(join(folder, name), 'utf8')),
  )
  return { cert: cert ?? '', key: key ?? '' }
}

function renewed(get: () => Promise<KeyPair>, everyMs: number, clock: Clock, log: Log): CertificateSource {
  let take: ((pair: KeyPair) => void) | undefined
  let last: KeyPair | undefined
  let timer: Timer | undefined
  const look = async () => {
    try {
      const pair = await get()
      if (pair.cert !== last?.cert || pair.key !== last.key) take?.(pair)
      last = pair
    } catch (error) {
      log('warn', 'the certificate for the metrics could not be renewed; the old one stays', {
        error: error instanceof Error ? error.message : String(error),
      })
    }
    later()
  }
  const later = () => {
    timer = clock.after(everyMs, () => void look())
  }
  return {
    async current() {
      last = await get()
      later()
      return last
    },
    onChange(taker) {
      take = taker
    },
    close: () => timer?.cancel(),
  }
}

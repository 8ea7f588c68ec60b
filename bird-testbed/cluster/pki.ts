/**
 * The certificates of one cluster: a CA of its own, made anew for each, and what it signs. Node's crypto signs but
 * makes no X.509, so openssl does; one call makes key and certificate, in about 10 ms.
 */
import { generateKeyPairSync } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from '../command.ts'

/** Paths of a certificate and its key, both PEM. */
export interface Credential {
  readonly cert: string
  readonly key: string
}

export interface Identity {
  /** The certificate's CN: Kubernetes' user name. */
  readonly user: string
  /** The certificate's O: Kubernetes' groups. */
  readonly groups?: readonly string[]
  /** `IP:192.0.2.1`, `DNS:kubernetes`: for those that serve. */
  readonly names?: readonly string[]
}

export class Pki {
  readonly ca: Credential
  /** Signs and checks the tokens of service accounts. */
  readonly serviceAccountKey: string
  private readonly directory: string
  private issued = 0

  private constructor(directory: string) {
    this.directory = directory
    this.ca = { cert: join(directory, 'ca.crt'), key: join(directory, 'ca.key') }
    this.serviceAccountKey = join(directory, 'service-accounts.key')
  }

  static async create(directory: string): Promise<Pki> {
    const pki = new Pki(directory)
    // Without a configuration of our own, the system's would make every certificate a CA.
    writeFileSync(pki.configuration, '[req]\ndistinguished_name = name\n[name]\n')
    const uses = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign']
    await pki.make(pki.ca, '/CN=oyez-lab', uses)
    writeFileSync(pki.serviceAccountKey, newSigningKey(), { mode: 0o600 })
    return pki
  }

  get caPem(): string {
    return readFileSync(this.ca.cert, 'utf8')
  }

  /** A certificate for a client, and for a server where it has names. */
  async issue({ user, groups = [], names = [] }: Identity): Promise<Credential> {
    this.issued += 1
    const stem = join(this.directory, `${this.issued}-${user.replaceAll(/[^\w.-]/g, '_')}`)
    const credential = { cert: `${stem}.crt`, key: `${stem}.key` }
    const subject = [...groups.map((group) => `/O=${escaped(group)}`), `/CN=${escaped(user)}`].join('')
    const uses = ['basicConstraints=critical,CA:FALSE', 'extendedKeyUsage=serverAuth,clientAuth']
    const extensions = names.length === 0 ? uses : [...uses, `subjectAltName=${names.join()}`]
    await this.make(credential, subject, extensions, ['-CA', this.ca.cert, '-CAkey', this.ca.key])
    return credential
  }

  private get configuration(): string {
    return join(this.directory, 'openssl.cnf')
  }

  private async make(
    { cert, key }: Credential,
    subject: string,
    extensions: readonly string[],
    signer: readonly string[] = [],
  ): Promise<void> {
    const files = ['-config', this.configuration, '-keyout', key, '-out', cert]
    const added = extensions.flatMap((extension) => ['-addext', extension])
    const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '30']
    await openssl('req', '-x509', ...newKey, ...files, '-subj', subject, ...added, ...signer)
  }
}

/** Kubernetes reads private keys of service accounts in the older format only. */
function newSigningKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  return privateKey.export({ type: 'sec1', format: 'pem' }).toString()
}

function openssl(...args: readonly string[]): Promise<unknown> {
  return runCommand(['openssl', ...args])
}

function escaped(text: string): string {
  return text.replaceAll(/[\\/+=,]/g, (character) => `\\${character}`)
}

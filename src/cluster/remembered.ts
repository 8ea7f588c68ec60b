/** What the objects in force got from others, kept for the day when the others are gone. */
import type { LastKnown } from './last-known.ts'
import type { Kind, ParsedOf } from './objects.ts'
import type { Entry } from './settling.ts'
import type { Config } from './types.ts'

type Kinds = ReadonlyMap<Kind, ReadonlyMap<string, Entry>>

export class Remembered implements LastKnown {
  #passwords = new Map<string, { readonly secret: string; readonly password: string }>()
  #aliases = new Map<string, ReadonlyMap<string, string>>()

  password(peer: string, secret: string): string | undefined {
    const known = this.#passwords.get(peer)
    return known?.secret === secret ? known.password : undefined
  }

  alias(advertisement: string, alias: string): string | undefined {
    return this.#aliases.get(advertisement)?.get(alias)
  }

  /** Of what is in force now; what no longer is is forgotten. */
  learn(kinds: Kinds, config: Config): void {
    this.#learnPasswords(kinds, config)
    this.#learnAliases(kinds)
  }

  #learnPasswords(kinds: Kinds, { peers }: Config): void {
    const passwords = new Map(peers.map(({ name, password }) => [name, password]))
    this.#passwords = new Map()
    for (const { name, value } of inForce(kinds, 'BGPPeer')) {
      const [secret, password] = [value?.passwordSecret, passwords.get(name)]
      if (secret !== undefined && password !== undefined) this.#passwords.set(name, { secret, password })
    }
  }

  #learnAliases(kinds: Kinds): void {
    const defined = inForce(kinds, 'Community').flatMap(({ value = [] }) => value)
    const values = new Map(defined.map(({ name, value }) => [name, value]))
    const aliases = new Map<string, ReadonlyMap<string, string>>()
    for (const { name, value } of inForce(kinds, 'BGPAdvertisement')) {
      const known = (value?.communities ?? []).flatMap((alias) => {
        const last = values.get(alias) ?? this.alias(name, alias)
        return last === undefined ? [] : [[alias, last] as const]
      })
      if (known.length > 0) aliases.set(name, new Map(known))
    }
    this.#aliases = aliases
  }
}

const inForce = <K extends Kind>(kinds: Kinds, kind: K): readonly ParsedOf<K>[] =>
  [...(kinds.get(kind)?.values() ?? [])].flatMap((entry) => (entry.inForce as ParsedOf<K> | undefined) ?? [])

/**
 * What the objects in force once got from others that may be gone by now: a peer its password from a Secret, an
 * advertisement the values of its aliases from a Community. Taking a Secret or a Community away by mistake then ends
 * no session and changes no route. A folder of manifests needs none of this: it keeps its last good state whole.
 */

export interface LastKnown {
  /** What the peer had from the Secret of that name. */
  password(peer: string, secret: string): string | undefined
  /** The value that the alias had for the advertisement. */
  alias(advertisement: string, alias: string): string | undefined
}

export const NOTHING_KNOWN: LastKnown = { password: () => undefined, alias: () => undefined }

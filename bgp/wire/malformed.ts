/**
 * A field of an UPDATE breaks its own syntax. What that costs (the session, the routes or only the attribute) is not
 * the field's business: the attribute table says it, and one catch in the attribute loop applies it (RFC 7606).
 */
export class Malformed extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'Malformed'
  }
}

export {
  formatAddress,
  formatPrefix,
  maskAddress,
  type Prefix,
  parseAddress,
  parsePrefix,
} from './address.ts'
export { ProtocolError } from './errors.ts'
export * from './types.ts'

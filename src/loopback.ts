/** Addresses that only this machine reaches. */
export const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1'

// An IP address in, the kind of network that it belongs to out: what may be called from a configured address, and what not.

import { BlockList, isIP } from 'node:net'

/** `public` is the internet; `reserved` is what no message may ever go to (multicast, documentation, tunnels to elsewhere). */
export type Network = 'public' | 'loopback' | 'private' | 'linkLocal' | 'reserved'

// IANA's special-purpose registries (RFC 6890 and its updates). 169.254.169.254, a cloud's metadata, is link-local.
const networks: readonly (readonly [Exclude<Network, 'public'>, readonly string[]])[] = [
  ['loopback', ['127.0.0.0/8', '::1/128']],
  ['private', ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7']],
  ['linkLocal', ['169.254.0.0/16', 'fe80::/10']],
  [
    'reserved',
    [
      ...['0.0.0.0/8', '192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '198.18.0.0/15', '198.51.100.0/24'],
      ...['203.0.113.0/24', '224.0.0.0/3', '::/128', 'ff00::/8', '2001:db8::/32', '2002::/16', '64:ff9b::/96', '::/96'],
    ],
  ],
]
const lists = networks.map(([network, ranges]) => ({ network, list: blockList(ranges) }))

/** The network of an IPv4 or IPv6 address; an IPv4 address written as IPv6 (`::ffff:10.0.0.1`) counts as what it is. */
export function networkOf(address: string): Network {
  const plain = unmapped(address)
  return lists.find(({ list }) => list.check(plain, family(plain)))?.network ?? 'public'
}

/** `loopback`, `private`, or a range such as `10.1.0.0/16`. */
export type AllowedNetwork = string

/** Whether a message may go to the address: it is public, or `allowed` names its network or a range around it. Never a reserved one. */
export function isAllowed(address: string, allowed: readonly AllowedNetwork[]): boolean {
  const network = networkOf(address)
  if (network === 'reserved') return false
  if (network === 'public' || allowed.includes(network)) return true
  const plain = unmapped(address)
  return blockList(allowed.filter(isRange)).check(plain, family(plain))
}

/** `10.0.0.0/8`, `fd00::/8`. */
export function isRange(text: string): boolean {
  const [address = '', bits = '', ...rest] = text.split('/')
  const most = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1
  return rest.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= most
}

/** The address that a URL names by itself, without a name server: `127.0.0.1` of `http://127.0.0.1/` and of `http://localhost/`. */
export function literalAddress(url: string): string | undefined {
  const { hostname } = new URL(url)
  const name = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
  if (name === 'localhost' || name.endsWith('.localhost')) return '127.0.0.1'
  return isIP(name) === 0 ? undefined : name
}

function blockList(ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', bits] = range.split('/')
    list.addSubnet(address, Number(bits), family(address))
  }
  return list
}

function family(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4'
}

// Node writes a mapped address as ::ffff:7f00:1 where it came from a URL.
function unmapped(address: string): string {
  const dotted = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (dotted !== undefined) return dotted
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(address) ?? []
  if (high === undefined || low === undefined) return address
  const bytes = [high, low].flatMap((word) => [Number.parseInt(word, 16) >> 8, Number.parseInt(word, 16) & 255])
  return bytes.join('.')
}

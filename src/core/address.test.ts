import { expect, it } from 'vitest'
import { isAllowed, isRange, literalAddress, networkOf } from './address.ts'

it.each([
  ['8.8.8.8', 'public'],
  ['2606:4700::1111', 'public'],
  ['127.0.0.1', 'loopback'],
  ['127.255.3.4', 'loopback'],
  ['::1', 'loopback'],
  ['10.1.2.3', 'private'],
  ['172.31.0.1', 'private'],
  ['172.32.0.1', 'public'],
  ['192.168.1.1', 'private'],
  ['100.64.0.1', 'private'],
  ['fd12::1', 'private'],
  ['169.254.169.254', 'linkLocal'],
  ['fe80::1', 'linkLocal'],
  ['0.0.0.0', 'reserved'],
  ['255.255.255.255', 'reserved'],
  ['224.0.0.1', 'reserved'],
  ['::', 'reserved'],
  ['64:ff9b::a00:1', 'reserved'],
  ['2002:7f00:1::', 'reserved'],
  ['::ffff:127.0.0.1', 'loopback'],
  ['::ffff:7f00:1', 'loopback'],
  ['::ffff:a9fe:a9fe', 'linkLocal'],
  ['::ffff:8.8.8.8', 'public'],
])('%s is %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})

it('what is not public is allowed by its network or by a range around it alone', () => {
  expect(isAllowed('8.8.8.8', [])).toBe(true)
  expect(isAllowed('127.0.0.1', [])).toBe(false)
  expect(isAllowed('127.0.0.1', ['private'])).toBe(false)
  expect(isAllowed('127.0.0.1', ['loopback'])).toBe(true)
  expect(isAllowed('10.1.2.3', ['10.1.0.0/16'])).toBe(true)
  expect(isAllowed('::ffff:10.1.2.3', ['10.1.0.0/16'])).toBe(true)
  expect(isAllowed('10.2.2.3', ['10.1.0.0/16'])).toBe(false)
  expect(isAllowed('224.0.0.1', ['reserved', '224.0.0.0/4'])).toBe(false)
})

it('knows a range from what is none', () => {
  for (const range of ['10.0.0.0/8', 'fd00::/8', '1.2.3.4/32']) expect(isRange(range)).toBe(true)
  for (const none of ['10.0.0.0', '10.0.0.0/33', 'loopback', '10.0.0.0/8/8', 'x/8', '10.0.0.0/'])
    expect(isRange(none)).toBe(false)
})

it.each([
  ['http://127.0.0.1:80/x', '127.0.0.1'],
  ['http://2130706433/', '127.0.0.1'],
  ['http://0x7f.1/', '127.0.0.1'],
  ['http://[::1]/', '::1'],
  ['http://localhost/', '127.0.0.1'],
  ['http://a.localhost./', '127.0.0.1'],
  ['http://example.com/', undefined],
])('%s names the address %s by itself', (url, address) => {
  expect(literalAddress(url)).toBe(address)
})

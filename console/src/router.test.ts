import { expect, test } from 'vitest'
import { matchPath } from './router.tsx'

test('a path that fits a pattern gives its parameters', () => {
  expect(matchPath('/days/:day', '/days/2026-11-22')).toEqual({ day: '2026-11-22' })
  expect(matchPath('/days', '/days/')).toEqual({})
  expect(matchPath('/', '/')).toEqual({})
})

test('a path with more or other parts does not fit', () => {
  expect(matchPath('/days/:day', '/days')).toBeNull()
  expect(matchPath('/days/:day', '/days/2026-11-22/more')).toBeNull()
  expect(matchPath('/', '/days')).toBeNull()
})

test('a parameter is decoded, and a broken escape is taken as it stands', () => {
  expect(matchPath('/alerts/:id', '/alerts/a%2Fb')).toEqual({ id: 'a/b' })
  expect(matchPath('/alerts/:id', '/alerts/50%')).toEqual({ id: '50%' })
})

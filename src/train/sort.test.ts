// Any numbers in; the order of sortFloats compared with the order by comparison.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sortFloats } from './sort.ts'

test('sorts numbers of every size and sign, infinities and zeros of both signs', () => {
  fc.assert(
    fc.property(fc.float32Array({ noNaN: true, maxLength: 300 }), (values) => {
      expect([...sortFloats(values.slice())]).toEqual([...values.slice().sort()])
    }),
  )
})

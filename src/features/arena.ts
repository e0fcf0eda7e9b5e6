// Sizes in, blocks of doubles in large pages out: memory for millions of small lists without an object for each.

const pageDoubles = 2 ** 17

/** Blocks of `stride` × 2^size doubles. A block's address is its first double, counted over all pages; blocks lie within a page. */
export class Arena {
  readonly stride: number
  readonly pages: Float64Array[] = []
  readonly #free: number[][] = []
  #used = pageDoubles

  constructor(stride: number) {
    this.stride = stride
  }

  /** Cells of the largest block. */
  get mostCells(): number {
    return 2 ** Math.floor(Math.log2(pageDoubles / this.stride))
  }

  get bytes(): number {
    return this.pages.length * pageDoubles * 8
  }

  allocate(size: number): number {
    const free = this.#free[size]?.pop()
    if (free !== undefined) return free
    const doubles = this.stride * 2 ** size
    if (this.#used + doubles > pageDoubles) {
      this.pages.push(new Float64Array(pageDoubles))
      this.#used = 0
    }
    this.#used += doubles
    return (this.pages.length - 1) * pageDoubles + this.#used - doubles
  }

  release(address: number, size: number): void {
    this.#free[size] ??= []
    this.#free[size].push(address)
  }

  pageOf(address: number): Float64Array {
    return this.pages[Math.floor(address / pageDoubles)]!
  }

  offsetOf(address: number): number {
    return address % pageDoubles
  }
}

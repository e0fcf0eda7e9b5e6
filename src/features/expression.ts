// The text of an expression in, a function of a row out: parsed by hand, compiled to closures, never run as code.
//
//   or   = and ('or' and)*        compare = sum (('<' | '<=' | '>' | '>=' | '==' | '!=') sum)?
//   and  = not ('and' not)*       sum     = product (('+' | '-') product)*
//   not  = 'not' not | compare    product = unary (('*' | '/' | '%') unary)*
//   unary = '-' unary | power     power   = atom ('^' unary)?
//   atom = number | 'text' | name | `any column` | function '(' or, … ')' | '(' or ')'
//
// A missing value makes what it enters missing; comparisons give 1 or 0. What is no finite number (1 / 0, log(0)) is missing.

import { nearestName, TocsinError } from '../core/error.ts'

/** What names mean: a function to the value of the current row, or undefined where there is no such name. */
export type Scope = {
  number(name: string): (() => number) | undefined
  text(name: string): (() => string | null) | undefined
  readonly names: readonly string[]
}

type Typed = { readonly kind: 'number'; get(): number } | { readonly kind: 'text'; get(): string | null }
type Token = { readonly kind: 'number' | 'text' | 'name' | 'sign'; readonly text: string; readonly at: number }

const tokenPattern =
  /\s+|(\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|\.\d+)|'([^']*)'|"([^"]*)"|`([^`]+)`|([A-Za-z_]\w*)|(<=|>=|==|!=|[-+*/%^<>(),])/y

const functions: Readonly<
  Record<string, { readonly arity: readonly [number, number]; of(...values: number[]): number }>
> = {
  log: { arity: [1, 1], of: Math.log },
  log1p: { arity: [1, 1], of: Math.log1p },
  exp: { arity: [1, 1], of: Math.exp },
  sqrt: { arity: [1, 1], of: Math.sqrt },
  abs: { arity: [1, 1], of: Math.abs },
  floor: { arity: [1, 1], of: Math.floor },
  round: { arity: [1, 1], of: Math.round },
  min: { arity: [1, 9], of: Math.min },
  max: { arity: [1, 9], of: Math.max },
}
/** These look at missing values themselves. */
const special = ['if', 'coalesce', 'isMissing'] as const
const words = ['and', 'or', 'not']

/** A function to the expression's value for the current row of the scope. Throws `FEATURE_EXPRESSION`, with the place. */
export function compileExpression(text: string, scope: Scope): () => number {
  const parsed = new Parser(text, scope).whole()
  return () => {
    const value = parsed()
    return Number.isFinite(value) ? value : Number.NaN
  }
}

/** Every column or feature that the expression names, in order, each once. Throws `FEATURE_EXPRESSION`. */
export function namesIn(text: string): string[] {
  const tokens = split(text)
  const isCall = (place: number) => tokens[place + 1]?.text === '(' && tokens[place + 1]?.kind === 'sign'
  return [...new Set(tokens.filter(({ kind }, place) => kind === 'name' && !isCall(place)).map((token) => token.text))]
}

function split(text: string): Token[] {
  const tokens: Token[] = []
  const pattern = new RegExp(tokenPattern)
  while (pattern.lastIndex < text.length) {
    const at = pattern.lastIndex
    const match = pattern.exec(text)
    if (!match) throw wrong(text, `"${text[at]}" means nothing here`, at)
    const [, number, single, double, quoted, name, sign] = match
    if (number !== undefined) tokens.push({ kind: 'number', text: number, at })
    else if ((single ?? double) !== undefined) tokens.push({ kind: 'text', text: single ?? double!, at })
    else if (quoted !== undefined) tokens.push({ kind: 'name', text: quoted, at })
    else if (name !== undefined) tokens.push({ kind: words.includes(name) ? 'sign' : 'name', text: name, at })
    else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign, at })
  }
  return tokens
}

function wrong(text: string, found: string, at: number): TocsinError {
  return new TocsinError(
    'FEATURE_EXPRESSION',
    `"${text}": ${found} (character ${at + 1}); expected an expression such as amount / mean_amount, log1p(amount) or channel == 'online'`,
  )
}

class Parser {
  readonly #text: string
  readonly #scope: Scope
  readonly #tokens: readonly Token[]
  #next = 0
  #depth = 0

  constructor(text: string, scope: Scope) {
    this.#text = text
    this.#scope = scope
    this.#tokens = split(text)
  }

  whole(): () => number {
    const value = this.#number(this.#or())
    const left = this.#tokens[this.#next]
    if (left) throw this.#wrong(`"${left.text}" is one too many`, left.at)
    return value
  }

  #takes(...signs: string[]): string | undefined {
    const token = this.#tokens[this.#next]
    if (token?.kind !== 'sign' || !signs.includes(token.text)) return undefined
    this.#next++
    return token.text
  }

  #expect(sign: string): void {
    if (!this.#takes(sign)) throw this.#wrong(`a "${sign}" is missing`, this.#at())
  }

  #or(): Typed {
    if (++this.#depth > 100) throw this.#wrong('it is nested too deeply', this.#at())
    let left = this.#and()
    while (this.#takes('or')) {
      const [a, b] = [this.#number(left), this.#number(this.#and())]
      left = numberOf(() => either(a(), b(), (x, y) => x !== 0 || y !== 0))
    }
    this.#depth--
    return left
  }

  #and(): Typed {
    let left = this.#not()
    while (this.#takes('and')) {
      const [a, b] = [this.#number(left), this.#number(this.#not())]
      left = numberOf(() => either(a(), b(), (x, y) => x !== 0 && y !== 0))
    }
    return left
  }

  #not(): Typed {
    if (!this.#takes('not')) return this.#compare()
    const of = this.#number(this.#not())
    return numberOf(() => either(of(), 0, (x) => x === 0))
  }

  #compare(): Typed {
    const left = this.#sum()
    const sign = this.#takes('<', '<=', '>', '>=', '==', '!=')
    if (!sign) return left
    const at = this.#at()
    const right = this.#sum()
    if (left.kind === 'text' || right.kind === 'text') return this.#compareTexts(left, sign, right, at)
    const test = comparisons[sign]!
    return numberOf(() => either(left.get(), right.get(), test))
  }

  #compareTexts(left: Typed, sign: string, right: Typed, at: number): Typed {
    const [a, b] = [this.#textOf(left, at), this.#textOf(right, at)]
    if (sign !== '==' && sign !== '!=') throw this.#wrong('texts are compared with == or != only', at)
    return numberOf(() => {
      const [x, y] = [a(), b()]
      if (x === null || y === null) return Number.NaN
      return (x === y) === (sign === '==') ? 1 : 0
    })
  }

  #textOf(value: Typed, at: number): () => string | null {
    if (value.kind === 'text') return value.get
    throw this.#wrong('a text is compared with a number', at)
  }

  #sum(): Typed {
    let left = this.#product()
    for (let sign = this.#takes('+', '-'); sign; sign = this.#takes('+', '-')) {
      const [a, b] = [this.#number(left), this.#number(this.#product())]
      left = numberOf(sign === '+' ? () => a() + b() : () => a() - b())
    }
    return left
  }

  #product(): Typed {
    let left = this.#unary()
    for (let sign = this.#takes('*', '/', '%'); sign; sign = this.#takes('*', '/', '%')) {
      const [a, b] = [this.#number(left), this.#number(this.#unary())]
      left = numberOf(sign === '*' ? () => a() * b() : sign === '/' ? () => a() / b() : () => a() % b())
    }
    return left
  }

  #unary(): Typed {
    if (!this.#takes('-')) return this.#power()
    if (++this.#depth > 100) throw this.#wrong('it is nested too deeply', this.#at())
    const of = this.#number(this.#unary())
    this.#depth--
    return numberOf(() => -of())
  }

  #power(): Typed {
    const base = this.#atom()
    if (!this.#takes('^')) return base
    const [a, b] = [this.#number(base), this.#number(this.#unary())]
    return numberOf(() => a() ** b())
  }

  #atom(): Typed {
    const token = this.#tokens[this.#next++]
    if (!token) throw this.#wrong('it ends too early', this.#text.length)
    if (token.kind === 'number') {
      const value = Number(token.text)
      return numberOf(() => value)
    }
    if (token.kind === 'text') return { kind: 'text', get: () => token.text }
    if (token.kind === 'name') return this.#takes('(') ? this.#call(token) : this.#named(token)
    if (token.text !== '(') throw this.#wrong(`"${token.text}" stands where a value should`, token.at)
    const inner = this.#or()
    this.#expect(')')
    return inner
  }

  #named({ text, at }: Token): Typed {
    const number = this.#scope.number(text)
    if (number) return numberOf(number)
    const get = this.#scope.text(text)
    if (get) return { kind: 'text', get }
    const near = nearestName(text, this.#scope.names)
    throw this.#wrong(`"${text}" is no column and no feature${near ? `; did you mean "${near}"?` : ''}`, at)
  }

  #call({ text, at }: Token): Typed {
    const given: Typed[] = []
    if (!this.#takes(')')) {
      do given.push(this.#or())
      while (this.#takes(','))
      this.#expect(')')
    }
    if (text === 'isMissing' && given.length === 1) return numberOf(missingTest(given[0]!))
    const numbers = given.map((value) => this.#number(value))
    const [a, b, c] = numbers
    if (text === 'coalesce' && a && b && !c) return numberOf(() => (Number.isNaN(a()) ? b() : a()))
    if (text === 'if' && a && b && c && numbers.length === 3)
      return numberOf(() => (Number.isNaN(a()) ? Number.NaN : a() !== 0 ? b() : c()))
    return this.#plainCall(text, numbers, at)
  }

  #plainCall(name: string, values: readonly (() => number)[], at: number): Typed {
    const found = Object.hasOwn(functions, name) ? functions[name]! : undefined
    if (!found || values.length < found.arity[0] || values.length > found.arity[1]) {
      const known = [...Object.keys(functions), ...special]
      const near = nearestName(name, known)
      const isKnown = known.includes(name)
      const fault = isKnown ? `"${name}" does not take ${values.length} values` : `"${name}" is no function`
      throw this.#wrong(`${fault}; ${!isKnown && near ? `did you mean "${near}"?` : `known: ${known.join(', ')}`}`, at)
    }
    const [a, b] = values
    if (values.length === 1) return numberOf(() => found.of(a!()))
    if (values.length === 2) return numberOf(() => found.of(a!(), b!()))
    return numberOf(() => found.of(...values.map((value) => value())))
  }

  #number(value: Typed): () => number {
    if (value.kind === 'number') return value.get
    throw this.#wrong("a text stands where a number should; compare it: channel == 'online'", this.#at())
  }

  #at(): number {
    return this.#tokens[this.#next]?.at ?? this.#text.length
  }

  #wrong(found: string, at: number): TocsinError {
    return wrong(this.#text, found, at)
  }
}

const comparisons: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
}

function numberOf(get: () => number): Typed {
  return { kind: 'number', get }
}

function either(a: number, b: number, test: (a: number, b: number) => boolean): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.NaN
  return test(a, b) ? 1 : 0
}

function missingTest(value: Typed): () => number {
  if (value.kind === 'text') return () => (value.get() === null ? 1 : 0)
  return () => (Number.isNaN(value.get()) ? 1 : 0)
}

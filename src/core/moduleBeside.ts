// A module's own address and the name of one beside it in, the address to start a thread from out: from source Node strips the types, dist is compiled by tsc.

/** `name` without its extension: `./worker`. */
export function moduleBeside(own: string, name: string): URL {
  return new URL(`${name}${own.endsWith('.ts') ? '.ts' : '.js'}`, own)
}

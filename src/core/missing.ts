/**
 * For the `catch` of an `import` of optional packages: names what is to be installed. Each stands at its `import`, where bundlers see that the package may be missing.
 *
 * @param who what needs them
 * @throws Error where there are none; the cause itself where a package is there and cannot be loaded
 */
export function missing(who: string, ...packages: readonly string[]): (cause?: unknown) => never {
  return (cause) => {
    const { code } = (cause ?? {}) as { readonly code?: unknown }
    if (typeof code === 'string' && !code.endsWith('MODULE_NOT_FOUND')) throw cause
    throw new Error(`${who}: expected ${packages.join(' and ')} to be installed; npm install ${packages.join(' ')}`, { cause })
  }
}

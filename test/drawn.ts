/** How many cases a law is tried with: a third of so many, and all in `npm run test:full`. */
export function drawn(all: number): { readonly numRuns: number } {
  return { numRuns: process.env.POOLWISE_CASES === 'all' ? all : Math.ceil(all / 3) }
}

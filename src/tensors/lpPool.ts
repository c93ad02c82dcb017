import { refusal } from '../core/check.ts'
import { number, read } from '../core/options.ts'
import { allTaps } from '../core/window.ts'
import { lp } from '../poolings/lp.ts'
import { checkInside } from './avgPool.ts'
import { slid } from './slid.ts'
import type { Tensor, TensorLike } from './tensor.ts'
import { type PoolOptions, pooledWindows, poolOptions, type Windowed, windowed } from './windowed.ts'

type LpPool = (x: TensorLike, options: PoolOptions & { p?: number }) => Tensor

function lpPool(axes: number): LpPool {
  const who = `lpPool${axes}d`
  const declared = {
    ...poolOptions(axes),
    /** Which norm. */
    p: number({ above: 0 }).default(2),
  }
  return (x, options) => {
    const { p, ...values } = read(who, declared, options)
    const torch = values.dialect === 'torch'
    const wrong = torch && values.padding.find((padding) => padding !== 'valid' && padding !== 0)
    if (wrong) throw refusal(who, "with dialect 'torch' padding must be 0", wrong)
    const all = windowed(who, axes, x, values)
    checkInside(who, values, all.input.size)
    const pooled = pooledWindows(who, all, lp({ p, signed: torch }), slid)
    if (torch) inflate(pooled.data, all, p)
    return pooled
  }
}

/** PyTorch takes the average times the full size of the window, so that a short last window's norm is as if it were full: (K / n)^(1/p) more. */
function inflate(norms: Tensor['data'], { input, windows, size }: Windowed, p: number): void {
  const factors = windows.map((window, axis) =>
    Float64Array.from(allTaps(window, input.size[axis]!).counts, (count) => (window.size / count) ** (1 / p)),
  )
  if (factors.every((axis) => axis.every((factor) => factor === 1))) return
  for (let i = 0; i < norms.length; i++) {
    let position = input.order === 'last' ? Math.floor(i / input.channels) : i
    let factor = 1
    for (let axis = size.length - 1; axis >= 0; axis--) {
      factor *= factors[axis]![position % size[axis]!]!
      position = Math.floor(position / size[axis]!)
    }
    norms[i]! *= factor
  }
}

/**
 * Lp pooling: (Σ|x|ᵖ)^(1/p), a norm and no mean. In the dialect of PyTorch (Σxᵖ)^(1/p), where signs cancel for odd p and a negative sum gives NaN, and a short last
 * window counts as if it were full.
 *
 * Shape: (N, L, C) → (N, L', C), or channels first.
 *
 * @param options.p above 0, default 2
 * @throws as {@link pool1d}
 * @source ONNX LpPool, torch.nn.functional.lp_pool1d
 * @example
 * lpPool1d({ data: [3, -4], shape: [1, 2, 1] }, { size: 2 }).data // 5
 */
export const lpPool1d: LpPool = /* @__PURE__ */ lpPool(1)
/** {@link lpPool1d} over (N, H, W, C). */
export const lpPool2d: LpPool = /* @__PURE__ */ lpPool(2)
/** {@link lpPool1d} over (N, D, H, W, C). */
export const lpPool3d: LpPool = /* @__PURE__ */ lpPool(3)

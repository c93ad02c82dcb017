import { refusal } from '../core/check.ts'
import { number, read } from '../core/options.ts'
import { mean } from '../poolings/mean.ts'
import { sum } from '../poolings/sum.ts'
import { slid } from './slid.ts'
import type { Tensor, TensorLike } from './tensor.ts'
import { type OnAxes, type PoolOptions, pooledWindows, poolOptions, windowed } from './windowed.ts'

type AveragePool = (x: TensorLike, options: PoolOptions & { divisor?: number }) => Tensor

function averagePool(axes: number): AveragePool {
  const who = `avgPool${axes}d`
  const declared = {
    ...poolOptions(axes),
    /** What sums are divided by, whatever was counted. */
    divisor: number().optional('what was counted'),
  }
  return (x, options) => {
    const { divisor, ...values } = read(who, declared, options)
    if (divisor === 0) throw refusal(who, 'divisor must not be 0', divisor)
    checkAverage(who, values)
    const { dialect, includePad = dialect === 'torch' } = values
    const all = windowed(who, axes, x, { ...values, includePad })
    checkInside(who, values, all.input.size)
    const pooled = pooledWindows(who, all, divisor === undefined ? mean : sum, slid)
    if (divisor !== undefined) for (let i = 0; i < pooled.data.length; i++) pooled.data[i]! /= divisor
    return pooled
  }
}

/** PyTorch's average pooling has no dilation. */
export function checkAverage(who: string, { dialect, dilation }: Pick<OnAxes, 'dialect' | 'dilation'>): void {
  const wrong = dialect === 'torch' && dilation.find((d) => d !== 1)
  if (wrong) throw refusal(who, "with dialect 'torch' dilation must be 1", wrong)
}

/** PyTorch's average over three axes, and what is made of it, refuses windows that padding or rounding up alone would make fit. */
export function checkInside(who: string, { dialect, size }: Pick<OnAxes, 'dialect' | 'size'>, lengths: readonly number[]): void {
  const short = lengths.find((length, axis) => length < size[axis]!)
  if (dialect === 'torch' && lengths.length === 3 && short !== undefined)
    throw refusal(who, `with dialect 'torch' axes must be as long as the window, [${size.join(', ')}], without padding`, short)
}

/**
 * Average pooling. By default only real elements count, as in Keras and ONNX; in the dialect of PyTorch padding counts too, but never what overruns it.
 *
 * Shape: (N, L, C) → (N, L', C), or channels first.
 *
 * @param options.divisor what sums are divided by, whatever was counted
 * @throws as {@link pool1d}, and for a divisor of 0; in the dialect of PyTorch also for a 3-D window that is larger than the input
 * @source torch.nn.functional.avg_pool1d, keras.layers.AveragePooling1D, ONNX AveragePool
 * @example
 * avgPool1d({ data: [1, 2, 3, 4, 5], shape: [1, 5, 1] }, { size: 3, stride: 2, padding: 'same' }).data // 1.5, 3, 4.5
 */
export const avgPool1d: AveragePool = /* @__PURE__ */ averagePool(1)
/** {@link avgPool1d} over (N, H, W, C). */
export const avgPool2d: AveragePool = /* @__PURE__ */ averagePool(2)
/** {@link avgPool1d} over (N, D, H, W, C). */
export const avgPool3d: AveragePool = /* @__PURE__ */ averagePool(3)

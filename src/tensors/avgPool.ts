import { number, refusal } from '../core/check.ts'
import { read } from '../core/options.ts'
import { mean } from '../poolings/mean.ts'
import { sum } from '../poolings/sum.ts'
import type { Tensor, TensorLike } from './tensor.ts'
import { type PoolOptions, pooledWindows, poolOptions, windowed } from './windowed.ts'

type AveragePool = (x: TensorLike, options: PoolOptions & { divisor?: number }) => Tensor

function averagePool(axes: number): AveragePool {
  const who = `avgPool${axes}d`
  return (x, { divisor, ...options }) => {
    read(who, poolOptions, options)
    const { dialect, includePad = dialect === 'torch' } = options
    if (divisor !== undefined && number(who, 'divisor', divisor) === 0) throw refusal(who, 'divisor must not be 0', divisor)
    checkAverage(who, options)
    const all = windowed(who, axes, x, { ...options, includePad })
    const pooled = pooledWindows(who, all, divisor === undefined ? mean : sum)
    if (divisor !== undefined) for (let i = 0; i < pooled.data.length; i++) pooled.data[i]! /= divisor
    return pooled
  }
}

/** PyTorch's average pooling has no dilation. */
export function checkAverage(who: string, { dialect, dilation = 1 }: PoolOptions): void {
  if (dialect === 'torch' && [dilation].flat().some((d) => d !== 1)) throw refusal(who, "with dialect 'torch' dilation must be 1", dilation)
}

/**
 * Average pooling. By default only real elements count, as in Keras and ONNX; in the dialect of PyTorch padding counts too, but never what overruns it.
 *
 * Shape: (N, L, C) → (N, L', C), or channels first.
 *
 * @param options.divisor what sums are divided by, whatever was counted
 * @throws as {@link pool1d}, and for a divisor of 0
 * @source torch.nn.functional.avg_pool1d, keras.layers.AveragePooling1D, ONNX AveragePool
 * @example
 * avgPool1d({ data: [1, 2, 3, 4, 5], shape: [1, 5, 1] }, { size: 3, stride: 2, padding: 'same' }).data // 1.5, 3, 4.5
 */
export const avgPool1d: AveragePool = averagePool(1)
/** {@link avgPool1d} over (N, H, W, C). */
export const avgPool2d: AveragePool = averagePool(2)
/** {@link avgPool1d} over (N, D, H, W, C). */
export const avgPool3d: AveragePool = averagePool(3)

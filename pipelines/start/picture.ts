import { writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createCanvas, GlobalFonts, type SKRSContext2D } from '@napi-rs/canvas'
import { apply, type Frames, logMel, pool1d, pool2d, signal, spanOf } from 'poolwise'
import { viridis } from '../../src/cli/color.ts'
import { black, font, upward, write } from '../../src/cli/letters.ts'
import { samplesOf } from './graph.ts'

const gray = '#5f5f5f'
const size = 15
const [width, height] = [1200, 1112]
const plot = { left: 96, width: 960, top: 136, height: 248, step: 324 }
const bar = { left: 1092, width: 20 }

const rate = 16000
const seconds = 4
const bands = 80
/** Decibels below the loudest value; what is softer is drawn alike. */
const range = 70

/** Draws a log-mel spectrogram of speech above its 1-D and its 2-D pooled form. */
export async function picture(path: string): Promise<void> {
  GlobalFonts.registerFromPath(createRequire(import.meta.url).resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf'), font)
  const samples = (await samplesOf('samples/audio/minute.wav')).subarray(0, seconds * rate)
  const mel = apply(signal(samples, { rate }), logMel({ bands }))
  const panels: [title: string, frames: Frames][] = [
    [`logMel({ bands: ${bands} })`, mel],
    ["logMel, then pool1d('max', { size: 8 })", apply(mel, pool1d('max', { size: 8 }))],
    ["logMel, then pool2d('max', { size: [8, 8] })", apply(mel, pool2d('max', { size: [8, 8] }))],
  ]
  const loudest = mel.data.reduce((most, value) => Math.max(most, value))

  const canvas = createCanvas(width, height)
  const context = canvas.getContext('2d')
  context.fillStyle = 'white'
  context.fillRect(0, 0, width, height)
  write(context, 'A log-mel spectrogram, max-pooled over time, and over time and frequency', plot.left, 46, { size: 23 })
  write(context, '“The first ferry leaves at six, when the harbor is still dark.” (samples/audio/minute.wav)', plot.left, 76, {
    size,
    color: gray,
  })
  for (const [i, [title, frames]] of panels.entries()) {
    const top = plot.top + i * plot.step
    drawTitle(context, title, frames, top)
    drawCells(context, frames, loudest, top)
    drawAxes(context, top)
  }
  write(context, 'Time (s)', plot.left + plot.width / 2, height - 26, { size, align: 'center' })
  drawScale(context)
  await writeFile(path, await canvas.encode('png'))
}

function drawTitle(context: SKRSContext2D, title: string, { layout, length }: Frames, top: number): void {
  const hop = Math.round(layout.clock.hop! * 1000)
  write(context, title, plot.left, top - 12, { size: 18 })
  write(context, `${length} frames × ${layout.bins} bins, every ${hop} ms`, plot.left + plot.width, top - 12, {
    size,
    align: 'right',
    color: gray,
  })
}

/** A cell a value, its time around the middle of what it was computed from. */
function drawCells(context: SKRSContext2D, frames: Frames, loudest: number, top: number): void {
  const { bins, clock } = frames.layout
  const hop = clock.hop!
  context.fillStyle = color(0)
  context.fillRect(plot.left, top, plot.width, plot.height)
  for (let f = 0; f < frames.length; f++) {
    const [start, end] = spanOf(frames, f)
    const left = x((start + end - hop) / 2)
    const right = x((start + end + hop) / 2)
    for (let bin = 0; bin < bins; bin++) {
      const upper = Math.round(top + plot.height * (1 - (bin + 1) / bins))
      const lower = Math.round(top + plot.height * (1 - bin / bins))
      context.fillStyle = color(1 - inDecibels(loudest - frames.data[f * bins + bin]!) / range)
      context.fillRect(left, upper, right - left, lower - upper)
    }
  }
}

/** The logarithm of a power, to base e, in decibels. */
function inDecibels(value: number): number {
  return (10 * value) / Math.LN10
}

function x(time: number): number {
  return Math.round(plot.left + (plot.width * time) / seconds)
}

/** Bands are evenly spaced in mels; band b is centered on the corner b + 1 of the bank's b + 2. */
function y(hertz: number, top: number): number {
  const mels = (frequency: number) => Math.log10(1 + frequency / 700)
  const band = (mels(hertz) / mels(rate / 2)) * (bands + 1) - 0.5
  return top + plot.height * (1 - band / bands)
}

function drawAxes(context: SKRSContext2D, top: number): void {
  const bottom = top + plot.height
  for (let time = 0; time <= seconds; time += 0.5) {
    tick(context, x(time), bottom, 0, 6)
    write(context, time.toFixed(1), x(time), bottom + 24, { size, align: 'center' })
  }
  for (const hertz of [250, 500, 1000, 2000, 4000, 7000]) {
    tick(context, plot.left, y(hertz, top), -6, 0)
    write(context, String(hertz), plot.left - 11, y(hertz, top) + 5, { size, align: 'right' })
  }
  upward(context, 'Frequency (Hz)', 30, top + plot.height / 2, { size })
}

function drawScale(context: SKRSContext2D): void {
  const [top, bottom] = [plot.top, plot.top + 2 * plot.step + plot.height]
  for (let at = top; at < bottom; at++) {
    context.fillStyle = color(1 - (at - top) / (bottom - top))
    context.fillRect(bar.left, at, bar.width, 1)
  }
  for (let level = 0; level <= range; level += 10) {
    const at = top + ((bottom - top) * level) / range
    tick(context, bar.left + bar.width, at, 6, 0)
    write(context, level === 0 ? '0' : `${level === range ? '≤ ' : ''}−${level}`, bar.left + bar.width + 11, at + 5, { size })
  }
  upward(context, 'Power in a mel band (dB, 0 is the loudest)', width - 14, (top + bottom) / 2, { size })
}

function tick(context: SKRSContext2D, fromX: number, fromY: number, dx: number, dy: number): void {
  context.strokeStyle = black
  context.beginPath()
  context.moveTo(fromX, fromY)
  context.lineTo(fromX + dx, fromY + dy)
  context.stroke()
}

function color(share: number): string {
  return `rgb(${viridis(share).join()})`
}

// The queue of a stream: what goes in comes out, or is counted, at its place.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Intake, overloads } from '../../src/server/intake.ts'
import { property } from '../property.ts'

/** Frames that the queue holds, of four bytes each: frame n is n. */
const room = 10_000

/** Bytes that are added, or a piece that is taken. */
const steps = fc.array(fc.oneof(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 30_000 }), fc.constant('take' as const)), {
  maxLength: 60,
})

describe('an intake', () => {
  property([fc.constantFrom(...overloads), steps])(
    'keeps every frame at its place, and every count, whatever comes and goes',
    async (overload, all) => {
      let waits = false
      const intake = new Intake({
        width: 4,
        most: 4 * room,
        overload,
        wait: (now) => {
          expect(now).toBe(!waits)
          waits = now
        },
      })
      const pieces = intake.pieces()
      let [sent, at, lost] = [0, 0, 0]
      const take = async () => {
        const { done, value } = await pieces.next()
        if (done) return false
        at += value.lost
        lost += value.lost
        const frames = new Uint32Array(new Uint8Array(value.bytes).buffer)
        frames.forEach((frame) => {
          if (frame !== at++) throw new Error(`expected frame ${at - 1}, got ${frame}`)
        })
        return true
      }
      const holds = (whole: number) => {
        const { in: came, out, dropped, queued } = intake.count
        expect([came, out + dropped + queued]).toEqual([whole, whole])
        if (overload === 'block') expect([dropped, waits || queued < room, !waits || queued > room / 2]).toEqual([0, true, true])
        else expect([queued <= room, waits]).toEqual([true, false])
      }
      for (const step of all) {
        if (step !== 'take') {
          // Cut anywhere.
          const bytes = new Uint8Array(Uint32Array.from({ length: step + 2 }, (_, i) => Math.floor(sent / 4) + i).buffer)
          intake.add(bytes.slice(sent % 4, (sent % 4) + step))
          sent += step
        } else if (intake.count.queued > 0) {
          await take()
        }
        holds(Math.floor(sent / 4))
      }
      intake.add(new Uint8Array(Uint32Array.of(Math.floor(sent / 4)).buffer).slice(sent % 4, sent % 4 === 0 ? 0 : 4))
      const whole = Math.ceil(sent / 4)
      intake.end()
      while (await take());
      expect(at).toBe(whole)
      expect(intake.count).toEqual({ in: whole, out: whole - lost, dropped: lost, queued: 0 })
    },
  )

  test('refuses to end within a frame, after all whole ones', async () => {
    const intake = new Intake({ width: 4, most: 100, overload: 'block', wait() {} })
    intake.add(new Uint8Array(7))
    intake.end()
    const pieces = intake.pieces()
    expect((await pieces.next()).value).toMatchObject({ lost: 0, bytes: new Uint8Array(4) })
    await expect(pieces.next()).rejects.toThrow('stream: expected whole frames of 4 bytes, got 3 left over at the end')
  })

  test('of tiny pieces is of few', async () => {
    const intake = new Intake({ width: 4, most: 2 ** 20, overload: 'block', wait() {} })
    for (let n = 0; n < 2 ** 18; n++) intake.add(new Uint8Array(4))
    intake.end()
    let count = 0
    for await (const _ of intake.pieces()) count++
    expect(count).toBe(64)
  })
})

import { expect, it } from 'vitest'
import { shareMachine } from '../src/share-machine.ts'

it('an engine that is alone has the whole machine', () => {
  expect(shareMachine([{ device: 'auto' }], 8)).toEqual([{ sharers: { device: 1, host: 1 } }])
})

it('two cards share the memory of the host, two engines on one card that of the card too', () => {
  const cards = [0, 0, 1].map((deviceId) => ({ device: 'cuda' as const, deviceId }))
  expect(shareMachine(cards, 8).map(({ sharers }) => sharers)).toEqual([
    { device: 2, host: 3 },
    { device: 2, host: 3 },
    { device: 1, host: 3 },
  ])
})

it('engines on the CPU share its cores, and its memory with each other alone', () => {
  const shares = shareMachine([{ device: 'cpu' }, { device: 'cpu' }, { device: 'webgpu' }], 7)
  expect(shares.slice(0, 2)).toEqual(Array(2).fill({ threads: 3, sharers: { device: 2, host: 2 } }))
  expect(shares[2]?.sharers).toEqual({ device: 1, host: 3 })
})

import type { LatentShape } from './patches.ts'

/** With a buffer of its own, so that `free` can give the memory back. */
export type Floats = Float32Array<ArrayBuffer>

/** A feature map on the host, in strips from top to bottom, each [channels, rows, width]. */
export interface FeatureMap {
  readonly channels: number
  readonly width: number
  readonly strips: Floats[]
  /** Over the whole map, of each channel's numbers and of their squares. [channels] */
  readonly sum: Float64Array
  readonly squares: Float64Array
}

export function emptyMap(channels: number, width: number): FeatureMap {
  return { channels, width, strips: [], sum: new Float64Array(channels), squares: new Float64Array(channels) }
}

/** Adds a strip to the end of a map, and its rows' sums [channels, rows] to the map's. */
export function append(map: FeatureMap, { y, sum, squares }: Readonly<Record<string, Floats>>): void {
  map.strips.push(y as Floats)
  const rows = rowsOf(map, y as Floats)
  for (const [i, value] of (sum as Floats).entries()) {
    const channel = Math.floor(i / rows)
    map.sum[channel] = (map.sum[channel] as number) + value
    map.squares[channel] = (map.squares[channel] as number) + ((squares as Floats)[i] as number)
  }
}

/** [channels, height, width] → strips of `rows` rows, the last with what remains. */
export function cut(values: Float32Array, { channels, height, width }: LatentShape, rows: number): FeatureMap {
  const map = emptyMap(channels, width)
  for (let first = 0; first < height; first += rows) {
    const count = Math.min(rows, height - first)
    const strip = new Float32Array(channels * count * width)
    for (let c = 0; c < channels; c++) {
      const start = (c * height + first) * width
      strip.set(values.subarray(start, start + count * width), c * count * width)
    }
    map.strips.push(strip)
  }
  return map
}

/** Strips → [channels, height, width]. */
export function join(map: FeatureMap): Floats {
  const { channels, width, strips } = map
  const height = rowsOfMap(map)
  const values = new Float32Array(channels * height * width)
  let first = 0
  for (const strip of strips) {
    const rows = rowsOf(map, strip)
    for (let c = 0; c < channels; c++)
      values.set(strip.subarray(c * rows * width, (c + 1) * rows * width), (c * height + first) * width)
    first += rows
  }
  return values
}

/** How many rows a strip of the map has. */
export function rowsOf({ channels, width }: FeatureMap, strip: Floats): number {
  return strip.length / (channels * width)
}

/** One row of a strip. [channels, width] */
export function rowOf(map: FeatureMap, strip: Floats, row: number): Floats {
  const { channels, width } = map
  const rows = rowsOf(map, strip)
  const values = new Float32Array(channels * width)
  for (let c = 0; c < channels; c++) {
    const start = (c * rows + row) * width
    values.set(strip.subarray(start, start + width), c * width)
  }
  return values
}

/** Gives a strip's memory back now: the garbage collector would let gigabytes gather first. */
export function free(strip: Floats): void {
  strip.buffer.transfer(0)
}

/** For each channel the mean and the variance of its group over the whole map. [channels] */
export function groupStatistics(map: FeatureMap, groups: number): { mean: Floats; variance: Floats } {
  const { channels, width } = map
  const perGroup = channels / groups
  const numbers = perGroup * rowsOfMap(map) * width
  const average = (sums: Float64Array) =>
    Array.from(
      { length: groups },
      (_, i) => sums.subarray(i * perGroup, (i + 1) * perGroup).reduce((a, b) => a + b) / numbers,
    )
  const mean = average(map.sum)
  const variance = average(map.squares).map((square, i) => Math.max(0, square - (mean[i] as number) ** 2))
  const ofChannels = (ofGroups: readonly number[]) =>
    Float32Array.from({ length: channels }, (_, i) => ofGroups[Math.floor(i / perGroup)] as number)
  return { mean: ofChannels(mean), variance: ofChannels(variance) }
}

function rowsOfMap(map: FeatureMap): number {
  return map.strips.reduce((sum, strip) => sum + rowsOf(map, strip), 0)
}

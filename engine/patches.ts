/** The shape of one picture's latent, and how it is cut into square patches. */
export interface LatentShape {
  readonly channels: number
  readonly height: number
  readonly width: number
  /** Edge of a patch. Height and width are multiples of it. */
  readonly patch: number
}

const TOKEN_MULTIPLE = 32

/** How many tokens a picture is, without padding. */
export function patchCount({ height, width, patch }: LatentShape): number {
  return (height / patch) * (width / patch)
}

/**
 * [channels, height, width] → [rows, patch·patch·channels]: one row a patch, in reading order, each flattened as (row in patch,
 * column in patch, channel). Rows beyond the patches stay zero.
 */
export function toPatches(latent: Float32Array, shape: LatentShape, rows: number): Float32Array {
  const patches = new Float32Array(rows * shape.patch * shape.patch * shape.channels)
  forEachNumber(shape, (inLatent, inPatches) => {
    patches[inPatches] = latent[inLatent] as number
  })
  return patches
}

/** The inverse of `toPatches`; rows beyond the patches are ignored. */
export function fromPatches(patches: Float32Array, shape: LatentShape): Float32Array {
  const latent = new Float32Array(shape.channels * shape.height * shape.width)
  forEachNumber(shape, (inLatent, inPatches) => {
    latent[inLatent] = patches[inPatches] as number
  })
  return latent
}

function forEachNumber(
  { channels, height, width, patch }: LatentShape,
  visit: (inLatent: number, inPatches: number) => void,
): void {
  let inPatches = 0
  for (let top = 0; top < height; top += patch)
    for (let left = 0; left < width; left += patch)
      for (let y = top; y < top + patch; y++)
        for (let x = left; x < left + patch; x++)
          for (let c = 0; c < channels; c++) visit((c * height + y) * width + x, inPatches++)
}

/** The count that a count of tokens is filled up to; the padding takes part in attention. */
export function padded(tokens: number): number {
  return Math.ceil(tokens / TOKEN_MULTIPLE) * TOKEN_MULTIPLE
}

/** How near two pictures of 8-bit numbers are, in decibels; infinite where they are equal. */
export function psnr(a: Uint8Array, b: Uint8Array): number {
  return 10 * Math.log10(255 ** 2 / (squaredDistance(a, b) / a.length))
}

/** The sum of the squared differences of two pictures of one size. */
export function squaredDistance(a: Uint8Array, b: Uint8Array): number {
  let sum = 0
  for (const [i, value] of a.entries()) sum += (value - (b[i] as number)) ** 2
  return sum
}

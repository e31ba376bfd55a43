/** How near two pictures of 8-bit numbers are, in decibels; infinite where they are equal. */
export function psnr(a: Uint8Array, b: Uint8Array): number {
  return 10 * Math.log10(255 ** 2 / (squaredDistance(a, b) / a.length))
}

/** The sum of the squared differences of two pictures of one size. */
export function squaredDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += ((a[i] as number) - (b[i] as number)) ** 2
  return sum
}

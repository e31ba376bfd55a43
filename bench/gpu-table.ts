/** What one way of drawing a picture took: a row of the table. What failed is absent. */
export interface Row {
  readonly promptSeconds?: number
  readonly denoiserSeconds?: number
  readonly vaeSeconds?: number
  /** Of all evaluations of a picture. */
  readonly tflop?: number
  readonly memoryMb?: number
}

/** In Markdown, each beside the fastest rival and the measured peak (TFLOP/s), as far as they are known. */
export function gpuTable(rows: Readonly<Record<string, Row>>, peak: number | undefined): string {
  const rivals = Object.entries(rows).filter(([name]) => name.startsWith('diffusers'))
  const fastest = Math.min(...rivals.map(([, row]) => pictureSeconds(row)))
  const lines = Object.entries(rows).map(([name, row]) => {
    const seconds = pictureSeconds(row)
    const work = row.tflop ?? rows['as it is']?.tflop
    const rate = work && row.denoiserSeconds && work / row.denoiserSeconds
    return [
      name,
      ...[row.promptSeconds, row.denoiserSeconds, row.vaeSeconds, seconds].map(threeDigits),
      threeDigits(rate),
      rate && peak ? `${((rate / peak) * 100).toFixed(0)} %` : '',
      rivals.length > 0 && Number.isFinite(fastest / seconds) ? (fastest / seconds).toFixed(2) : '',
      row.memoryMb?.toFixed(0) ?? '',
    ]
  })
  return [
    '| | prompt | denoiser | VAE | picture | TFLOP/s | of the peak | times as fast as diffusers | memory, MB |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...lines.map((cells) => `| ${cells.join(' | ')} |`),
    ...(rivals.length > 0 ? ['', 'diffusers reads every prompt padded to 512 tokens: its column has that.'] : []),
  ].join('\n')
}

/** For `console.table`. */
export function rounded(row: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([key, value]) => [key, typeof value === 'number' ? value.toPrecision(2) : value]),
  )
}

function threeDigits(value: number | undefined): string {
  return value !== undefined && Number.isFinite(value) ? value.toPrecision(3) : ''
}

/** Infinite where a part is not known. */
function pictureSeconds({ promptSeconds, denoiserSeconds, vaeSeconds }: Row): number {
  const parts = [promptSeconds, denoiserSeconds, vaeSeconds]
  return parts.reduce<number>((sum, part) => sum + (part ?? Number.POSITIVE_INFINITY), 0)
}

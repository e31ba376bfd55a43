/** What one way of drawing a picture took: a row of the table. */
export interface Row {
  readonly promptSeconds: number
  readonly denoiserSeconds: number
  readonly vaeSeconds: number
  /** Of all evaluations of a picture. */
  readonly tflop?: number
  readonly memoryMb?: number
}

// The fastest that there is.
const RIVALS = ['diffusers bfloat16, compiled', 'diffusers bfloat16, eager', 'diffusers float32, eager']

/** In Markdown, each beside the rival and the measured peak (TFLOP/s), as far as they are known. */
export function gpuTable(rows: Readonly<Record<string, Row>>, peak: number | undefined): string {
  const rival = RIVALS.flatMap((name) => rows[name] ?? [])[0]
  const lines = Object.entries(rows).map(([name, row]) => {
    const seconds = pictureSeconds(row)
    const work = row.tflop ?? rows['as it is']?.tflop
    const rate = work && work / row.denoiserSeconds
    return [
      name,
      ...[row.promptSeconds, row.denoiserSeconds, row.vaeSeconds, seconds].map((value) => value.toPrecision(3)),
      rate?.toPrecision(3) ?? '',
      rate && peak ? `${((rate / peak) * 100).toFixed(0)} %` : '',
      rival ? (pictureSeconds(rival) / seconds).toFixed(2) : '',
      row.memoryMb?.toFixed(0) ?? '',
    ]
  })
  return [
    '| | prompt | denoiser | VAE | picture | TFLOP/s | of the peak | times as fast as diffusers | memory, MB |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...lines.map((cells) => `| ${cells.join(' | ')} |`),
  ].join('\n')
}

function pictureSeconds({ promptSeconds, denoiserSeconds, vaeSeconds }: Row): number {
  return promptSeconds + denoiserSeconds + vaeSeconds
}

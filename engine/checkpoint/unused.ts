import type { PartName } from './found.ts'

/**
 * Whether a complete checkpoint has the tensor and no picture needs it. `textLayers`: of the text encoder, where that is
 * known; what is kept of it is the text as the last layer but one leaves it.
 */
export function isUnused(part: PartName, name: string, textLayers: number | undefined): boolean {
  switch (part) {
    case 'textEncoder':
      if (['norm.weight', 'lm_head.weight'].includes(name)) return true
      return textLayers !== undefined && name.startsWith(`layers.${textLayers - 1}.`)
    case 'transformer':
      return name === 'norm_final.weight'
    case 'vae':
      return /^(encoder|quant_conv)\./.test(name)
    default:
      return part satisfies never
  }
}

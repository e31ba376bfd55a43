import type { DeviceNote, MemoryNote } from '../../engine/engine.ts'
import { allCards, bytes, percent } from './format.ts'
import { zhCudaFact } from './zh-faults.ts'

/** The same in Chinese; an error's own message stays as it is. */
export function zhDeviceNote(note: DeviceNote): string {
  switch (note.kind) {
    case 'configured':
      return '按设置'
    case 'no-gpu':
      return '没有找到 GPU'
    case 'faster': {
      const { card, cards = 1, times } = note
      const chosen = cards > 1 && `${cards} 张显卡中空闲显存最多的一张，DEVICES=${allCards(cards)} 可全部使用`
      return [card, chosen, `试算速度是 CPU 的 ${times.toFixed(1)} 倍`].filter(Boolean).join('，')
    }
    case 'slower':
      return `${note.device} 在试算中比 CPU 慢`
    case 'broken':
      return `${note.device} 在这里不能用：${note.lacks?.map(zhCudaFact).join('；') ?? note.why}`
    case 'no-half':
      return `不支持 ${note.type}，改用 float32（${note.why}）`
    case 'fused':
      return `融合注意力误差在 ${note.error.toExponential(0)} 以内`
    case 'fused-wrong': {
      const wrong = Number.isNaN(note.error) ? '算不出数' : `误差 ${percent(note.error)}`
      return `融合注意力${wrong}，已停用`
    }
    case 'fused-broken':
      return `融合注意力无法运行（${note.why}），已停用`
    default:
      return note satisfies never
  }
}

const PLACES = {
  resident: undefined,
  released: '文本编码器在遇到新提示词时才载入',
  cpu: '提示词由 CPU 处理',
}

export function zhMemoryNote({
  edgePx,
  deviceBytes,
  freeBytes,
  hostBytes,
  textEncoder,
  inStrips,
  wholePx,
}: MemoryNote): string {
  const of = freeBytes === undefined ? '总量未知，可用 DEVICE_MEMORY_MB 设置' : `空闲 ${bytes(freeBytes)}`
  const parts = [
    `模型最多占用 ${bytes(deviceBytes)} 内存（${of}），可画到 ${edgePx}×${edgePx}`,
    hostBytes !== undefined && `另占主机内存 ${bytes(hostBytes)}`,
    PLACES[textEncoder],
    inStrips && `${wholePx ? `大于 ${wholePx}×${wholePx} 的` : ''}图片分条解码`,
  ]
  return parts.filter(Boolean).join('；')
}

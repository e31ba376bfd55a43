import type { CudaFact, EngineFault } from '../../engine/engine.ts'
import type { Language } from './language.ts'
import { zhCudaFact, zhFault } from './zh-faults.ts'

/** What is the matter with the engine or a model. In English that is the error's own message. */
export function explainFault({ code, message, situation }: EngineFault, language: Language): string {
  // An engine sends a stack with what it did not expect; a file that can't be read needs none.
  const plain = message.replace(/Error: (E[A-Z]+: .*)(\n {4}at .*)+/gu, '$1')
  return language === 'en' ? plain : zhFault({ code, message: plain, situation })
}

/** What was found of CUDA, and whether all is well. In English `sentence`. */
export const cudaWords = {
  en: {
    notDownloaded: 'the CUDA provider could not be downloaded; docs/gpu.md says how to bring it along',
    found: ({ sentence }: CudaFinding): string => sentence,
  },
  zh: {
    notDownloaded: 'CUDA 组件没能下载；docs/gpu.md 说明了怎样自己带来',
    found: ({ fact }: CudaFinding): string => zhCudaFact(fact),
  },
}

interface CudaFinding {
  readonly sentence: string
  readonly fact: CudaFact
}

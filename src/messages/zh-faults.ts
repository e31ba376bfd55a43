import type { CudaFact, EngineErrorCode, EngineFault, PassedFile, Situation } from '../../engine/engine.ts'
import { bytes } from './format.ts'
import { zhReason } from './zh-reasons.ts'

/** 引擎或模型的问题，连同办法。库本身的报错保留原文。 */
export function zhFault({ code, message, situation }: EngineFault): string {
  return situation ? zhSituation(situation) : `${MEANINGS[code]}：${zhReason(message)}`
}

/** 没有专门说法的问题：意味着什么，该怎么办。 */
const MEANINGS: Readonly<Record<EngineErrorCode, string>> = {
  'bad-request': '这样做不行',
  busy: '引擎正忙',
  cancelled: '已取消',
  closed: '引擎已关闭',
  crashed: '引擎意外停止',
  'checkpoint-missing': '模型缺少文件，请补齐或重新下载',
  'checkpoint-corrupt': '模型文件有问题，请检查或重新下载',
  'unknown-architecture': '不支持这个模型，请换一个',
  'no-device': '设备不能用，请检查驱动，或改用 DEVICE=cpu',
  'not-a-number': '模型算出了无效的数，模型文件或设备的精度有问题',
  'out-of-memory': '内存不够，请关闭别的程序，或换一个更小的模型',
  failed: '引擎出错',
}

const PARTS = { transformer: ' Z-Image transformer', textEncoder: '文本编码器', vae: ' VAE' }

export function zhSituation(situation: Situation): string {
  switch (situation.kind) {
    case 'no-such-path':
      return `找不到 ${situation.path}。`
    case 'hub-cache':
      return `这是 hub 的缓存，不是模型本身。请让 MODEL 指向 ${situation.path} 里的文件夹。`
    case 'one-shard':
      return `${situation.path} 只是模型的一个分片。请让 MODEL 指向 transformer 所在的文件夹。`
    case 'lfs-pointer':
      return `${situation.path} 只是 Git LFS 的指针，不是文件本身。请运行 git lfs pull 下载它。`
    case 'cut-off':
      return `${situation.path} 不完整，可能没有下载完。请重新下载。`
    case 'gguf':
      return `不支持 GGUF（${situation.path}）。请用 bfloat16、float16 或 float32 的 .safetensors 文件。`
    case 'quantised':
      return `不支持别的程序量化过的模型，例如 fp8（${situation.path}）。请用 bfloat16 的文件。`
    case 'lora':
      return `不支持 LoRA（${situation.path}）。`
    case 'reads-pictures':
      return `不支持能读图的 Z-Image，例如 Omni 和 Edit（${situation.path}）。`
    case 'no-model': {
      const { path, passed } = situation
      return `${path} 里没有能用的模型。需要官方布局的文件夹，或含有 Z-Image transformer 的 .safetensors 文件。${passedOver(passed)}`
    }
    case 'several': {
      const { part, path, found } = situation
      const choose =
        part === 'transformer'
          ? '请让 MODEL 指向其中一个文件'
          : '请把要用的那个（或它的链接）放到 transformer 的文件旁边'
      return `${path} 有 ${found.length} 个可用的${PARTS[part]}：${found.join('、')}。${choose}。`
    }
    case 'no-part': {
      const { part, path, root, passed } = situation
      return `没有找到与 ${path} 相配的${PARTS[part]}：它里面、旁边和 ${root} 里都没有。${passedOver(passed)}`
    }
    case 'prepared-already':
      return `${situation.path} 已经是 ${situation.precision}，请从原来的模型开始转换。`
    case 'changed':
      return `${situation.path} 在转换期间变了。再运行同一条命令会从头开始。`
    case 'no-cuda':
      return `CUDA 在这里不能用：${situation.lacks.map(zhCudaFact).join('；')}。也可以改用 DEVICE=webgpu 或 DEVICE=cpu。`
    case 'no-webgpu':
      return 'WebGPU 在这里不能用：需要 GPU，以及 Vulkan、Metal 或 Direct3D 12 的驱动。也可以改用 DEVICE=cpu。'
    case 'no-visual-c':
      return 'onnxruntime 需要最新的 Microsoft Visual C++ 运行库。请运行 winget install Microsoft.VCRedist.2015+.x64（ARM 为 .arm64）。'
    case 'no-memory':
      return noMemory(situation)
    case 'no-engine':
      return ['没有一个设备能用：', ...situation.engines.map(({ name, fault }) => `  ${name}：${zhFault(fault)}`)].join(
        '\n',
      )
    default:
      return situation satisfies never
  }
}

/** CUDA 需要的一样东西，作为句子的一部分。 */
export function zhCudaFact(fact: CudaFact): string {
  switch (fact.kind) {
    case 'provider': {
      const { version, cuda } = fact
      return `ONNX Runtime${version ? ` ${version} ` : ' '}的 CUDA 组件已安装${cuda ? `，适用于 CUDA ${cuda}` : ''}`
    }
    case 'driver':
      return fact.version ? `NVIDIA 驱动的版本是 ${fact.version}` : 'NVIDIA 驱动正常'
    case 'libraries':
      return `CUDA${fact.cuda ? ` ${fact.cuda} ` : ' '}和 cuDNN 9 的库都已找到`
    case 'card': {
      const { deviceId, name, capability } = fact
      return `cuda:${deviceId} 是 ${name}${capability === undefined ? '' : `，计算能力 ${capability.toFixed(1)}`}`
    }
    case 'other-system':
      return `onnxruntime-node 的 CUDA 只支持 x64 的 Linux，这里是 ${fact.arch} 的 ${fact.platform}，请用 webgpu`
    case 'no-provider':
      return 'ONNX Runtime 的 CUDA 组件还没有安装，请运行 npm run cuda 下载'
    case 'no-cards':
      return '看不到 NVIDIA 显卡，被 CUDA_VISIBLE_DEVICES 或容器的启动方式隐藏了'
    case 'other-version':
      return `CUDA 组件属于 ONNX Runtime ${fact.found}，而 onnxruntime-node 是 ${fact.wanted}，请运行 npm run cuda 下载相配的版本`
    case 'no-driver':
      return `没有找到 NVIDIA 驱动，请安装${fact.oldest ? ` ${fact.oldest} 或更新的版本` : '较新的版本'}；容器还需要 NVIDIA Container Toolkit 和 --gpus all`
    case 'old-driver':
      return `NVIDIA 驱动的版本是 ${fact.found}，CUDA ${fact.cuda} 需要 ${fact.oldest} 或更新的版本，请升级驱动`
    case 'silent-driver':
      return `NVIDIA 驱动 ${fact.version} 已载入，但 nvidia-smi 没有响应；如果刚更新过驱动，请重启机器`
    case 'elsewhere':
      return `${fact.libraries.join('、')} 在 ${fact.folders.join('、')}，系统不会到那里找，启动时请设置 LD_LIBRARY_PATH=${fact.libraryPath}`
    case 'no-libraries': {
      const { libraries, cuda } = fact
      const which = cuda
        ? ` CUDA ${cuda} 的库（NVIDIA 的软件包 cuda-libraries-${cuda}-0，或 ${cuda} 的更新版本）`
        : ' CUDA 的库'
      return `没有找到 ${libraries.join('、')}，请安装${which}`
    }
    case 'no-cudnn':
      return `没有找到 cuDNN 9，没有它就无法解码图片，请安装${fact.cuda ? `（NVIDIA 的软件包 cudnn9-cuda-${fact.cuda}）` : ''}`
    case 'no-such-card':
      return `有 ${fact.cards} 张 NVIDIA 显卡，从 0 数起，没有 cuda:${fact.deviceId}`
    case 'other-card': {
      const { name, capability, built } = fact
      return `${name} 的计算能力是 ${capability.toFixed(1)}，CUDA 组件只支持 ${built.map((one) => one.toFixed(1)).join('、')}，请用 webgpu`
    }
    default:
      return fact satisfies never
  }
}

function noMemory({ model, device, edgePx, needBytes, freeBytes, host }: Extract<Situation, { kind: 'no-memory' }>) {
  const free = freeBytes === undefined ? '现有多少无从得知' : `现在只有 ${bytes(freeBytes)}`
  const beside = host ? `；另需主机内存 ${bytes(host.needBytes)}，现有 ${bytes(host.freeBytes)}` : ''
  return `内存不够：用 ${device} 运行 ${model}，哪怕只画 ${edgePx}×${edgePx} 也需要 ${bytes(needBytes)} 空闲内存，${free}${beside}。npm start -- models prepare 可以把模型变小。`
}

function passedOver(passed: readonly PassedFile[]): string {
  if (passed.length === 0) return ''
  return `没有采用：${passed.map(({ reason, situation }) => (situation ? zhSituation(situation).replace(/。$/u, '') : reason)).join('；')}。`
}

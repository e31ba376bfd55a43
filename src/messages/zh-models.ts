import type { EngineFault } from '../../engine/engine.ts'
import type { Reason } from '../models-port.ts'
import type { enModels } from './en-models.ts'
import { bar, bytes, duration, shape } from './format.ts'
import { zhFault } from './zh-faults.ts'
import { UNITS } from './zh-phrases.ts'

const COMMAND = 'npm start -- models'

function why(reason: Reason): string {
  switch (reason.kind) {
    case 'status':
      return `返回了 ${reason.status}`
    case 'network':
      return `连接失败（${reason.code}）`
    case 'silent':
      return `${reason.seconds} 秒没有任何数据`
    case 'short':
      return '连接提前关闭'
    default:
      return reason satisfies never
  }
}

/** 只说已知的问题；别的保留原文，在这里该怎么办由整句话来说。 */
function matter(fault: EngineFault): string {
  return fault.situation ? zhFault(fault) : fault.message
}

/** `models` 各命令说的话。 */
export const zhModels: typeof enModels = {
  bytes,
  progress: ({ name, progress, cells, bytesPerSecond, leftMs }) => {
    const { doneBytes, totalBytes, what } = progress
    const share = totalBytes === 0 ? 1 : doneBytes / totalBytes
    return [
      `${name} ${bar(share, cells)} ${Math.floor(share * 100)} %`,
      `${bytes(doneBytes)} / ${bytes(totalBytes)}`,
      ...(bytesPerSecond === undefined ? [] : [`${bytes(bytesPerSecond)}/s`]),
      ...(leftMs === undefined || share >= 1 ? [] : [`还要 ${duration(leftMs, UNITS)}`]),
      ...(what ? [what] : []),
    ].join(' · ')
  },
  trouble: ({ what, reason, waitMs }) => `${what}：${why(reason)}，${duration(waitMs, UNITS)}后重试`,
  got: ({ name, path }) => `${name} 已在 ${path}。在 .env 里写 MODEL=${name}，或用 --model ${name} 即可使用。`,
  already: ({ name, path }) => `${name} 已经在 ${path}。要重做，请先运行：${COMMAND} remove ${name}`,
  fetching: (repo, revision, totalBytes) =>
    `共 ${bytes(totalBytes)}；继续下载：${COMMAND} get ${repo}${revision ? ` --revision ${revision}` : ''}`,
  preparing: `正在转换；用同一条命令继续：${COMMAND} prepare`,
  complete: '完整',
  broken: (fault) => `无法读取：${matter(fault)}`,
  removed: (name, freed) => `${name} 已删除，腾出 ${bytes(freed)}。`,
  stopped: (command) => (command ? `已停止。已完成的部分都保留着，继续请运行：${command}` : '已停止。'),
  sound: (path) => `${path} 完好。`,
  unsound: (path) => `${path} 目前不能使用。`,
  part: (name, tensors, size) => `${name}：${tensors} 个张量，${bytes(size)}`,
  finding: (finding) => {
    switch (finding.kind) {
      case 'missing':
        return `缺少 ${finding.tensor} ${shape(finding.expected)}`
      case 'extra':
        return `${finding.tensor} ${shape(finding.found)} 不属于这个模型（${finding.file}）`
      case 'shape':
        return `${finding.tensor}：应为 ${shape(finding.expected)}，实为 ${shape(finding.found)}（${finding.file}）`
      case 'type':
        return `${finding.tensor}：不支持 ${finding.found}（${finding.file}）`
      case 'not-finite':
        return `${finding.tensor}：有 ${finding.count} 个无穷大或非数值（${finding.file}）`
      case 'fault':
        // Of one file there may be hundreds.
        if (finding.situation?.kind === 'cut-off' && finding.tensor)
          return `${finding.tensor}：文件不完整（${finding.situation.path}）`
        if (!finding.situation) return `有问题：${finding.message}`
        return finding.tensor === undefined ? zhFault(finding) : `${finding.tensor}：${zhFault(finding)}`
      default:
        return finding satisfies never
    }
  },

  fault: zhFault,

  problems: {
    'unknown-name': ({ given, known }) => `应为 ${known.join('、')}，或 hub 上的仓库 owner/name，而不是“${given}”。`,
    exists: ({ path, repo }) =>
      `${path} 已经存在${repo ? `，来自 ${repo}` : ''}。要换成别的，请先删除它（${COMMAND} remove）。`,
    unusable: ({ name, path, repo, fault }) =>
      `${path} 已经存在，来自 ${repo}，但无法使用：${matter(fault).replace(/。$/u, '')}。要重新下载，请先运行：${COMMAND} remove ${name}`,
    busy: ({ path }) => `${path} 里已有另一条 models 命令在运行。`,
    unreachable: ({ host, reason }) =>
      `无法连接 ${host}：${why(reason)}。已下载的部分都保留着，再运行同一条命令即可继续。可用 HF_ENDPOINT 指定镜像。`,
    'no-repository': ({ repo, host, hasToken }) =>
      `${host} 上没有仓库 ${repo}，或者它是私有的${hasToken ? '，当前的 HF_TOKEN 无权访问' : '；若是私有的，请设置 HF_TOKEN'}。`,
    'no-revision': ({ repo, revision }) => `${repo} 没有版本 ${revision}。`,
    gated: ({ repo, host, hasToken }) =>
      `使用 ${repo} 需要先同意其条款：请到 ${host} ${hasToken ? '用当前 HF_TOKEN 所属的账号同意' : '同意，并设置 HF_TOKEN'}。`,
    'bad-token': ({ host }) => `${host} 不接受当前的 HF_TOKEN。`,
    refused: ({ host, status }) => `${host} 拒绝了请求（状态码 ${status}）。`,
    'not-a-hub': ({ host, what }) => `${host} 的响应不像 hub：${what}。`,
    'web-page': ({ host, file }) => `${host} 返回的是网页，而不是 ${file}：中间是否有代理，或需要登录的页面？`,
    'not-z-image': ({ repo, missing }) => `${repo} 不是官方布局的 Z-Image：缺少 ${missing}。`,
    'other-architecture': ({ repo, what }) => `${repo} 不是本程序能用的 Z-Image：${what}`,
    'no-disk': ({ path, needBytes, freeBytes }) =>
      `${path} 所在磁盘空间不足：需要 ${bytes(needBytes)}，只剩 ${bytes(freeBytes)}。腾出空间后，再运行同一条命令即可继续。`,
    'wrong-size': ({ file, expected, got }) => `${file}：列表上是 ${expected} 字节，服务器却发来 ${got} 字节。`,
    damaged: ({ file, expected, got }) =>
      `${file} 两次下载都已损坏：哈希应为 ${expected}，实为 ${got}。再运行同一条命令会重新下载这个文件。`,
    'no-such-model': ({ given, known }) =>
      `没有模型 ${given}${known.length > 0 ? `，现有：${known.join('、')}` : ''}。`,
    unfinished: ({ given }) => `${given} 还不完整。如何继续，请看：${COMMAND} list`,
    outside: ({ path, folder }) => `${path} 不是 ${folder} 里的文件夹，只能删除那里的模型。`,
    'in-use': ({ path }) => `${path} 正在使用：MODEL 指向它。请先让 MODEL 指向别的模型。`,
    running: ({ path }) => `${path} 正在使用：zimagine 正用它运行。请先停止它。`,
  },
}

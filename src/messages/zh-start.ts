import { PRECISIONS } from '../models-port.ts'
import type { enStart } from './en-start.ts'
import { zhCommands } from './zh-commands.ts'
import { zhReason } from './zh-reasons.ts'

const { params } = zhCommands.imagine

/** 程序启动时说的话。 */
export const zhStart: typeof enStart = {
  usage: `npm start                                  在这里聊天；配置了 Discord 或 Telegram 时启动机器人
npm start -- imagine "一块披萨"            画一张图
npm start -- models get z-image-turbo      下载模型（也可以是 z-image，或 hub 上的任意 owner/name）
npm start -- models list                   列出已有的模型
npm start -- models check NAME             检查一个模型的每个张量
npm start -- models prepare NAME           为一个模型制作更小的副本，默认 int8
npm start -- models remove NAME            删除一个模型
npm start -- doctor                        检查数据库
npm start -- cuda                          下载 ONNX Runtime 的 CUDA 组件，并说明还缺什么（加 --check 则只检查）
npm start -- help                          显示这份说明

imagine 的选项：
  --seed N        ${params.seed}
  --size WxH      ${params.size}
  --aspect W:H    ${params.aspect}；也可写 --ar
  --steps N       ${params.steps}
  --count N       ${params.count}；也可写 --n
  --negative "…"  ${params.negative}；也可写 --no
  --guidance N    ${params.guidance}；也可写 --cfg
  --style NAME    ${params.style}
  --vary N        ${params.vary}
  --private       ${params.private}
  --out PATH      把 PNG 另存一份：以 .png 结尾的文件名，或文件夹
  --json          每张图输出一行 JSON；用 npm start -s -- 启动就没有别的输出

imagine 和 chat 的选项：
  --model NAME    换一个模型：名字或文件夹
  --device NAME   auto、cpu、webgpu、cuda 或 cuda:N；多个用英文逗号隔开

models get 和 models prepare 的选项：
  --revision X    分支、标签或提交（只用于 get）
  --precision P   更小的副本的精度：${PRECISIONS.join('、')}`,

  problems: {
    'unknown-command': ({ got, known }) => `没有 ${got} 这个命令，可用的有 ${known.join('、')}。`,
    'foreign-option': ({ option, command, known }) =>
      `${command} 不接受 ${option}，${known.length > 0 ? `可用的选项有 ${known.join('、')}` : '它没有任何选项'}。`,
    'no-value': ({ option }) => `${option} 后面要有一个值。以 - 开头的值请用等号相连：${option}=-1`,
    'needless-value': ({ option }) => `${option} 不需要值。`,
    'bad-value': ({ option, got, known }) => `${option} 不能是 ${got}，可以是 ${known.join('、')}。`,
    'left-over': ({ command, words }) => `${command}：我不知道 ${words} 是做什么用的。`,
    'no-prompt': ({ command }) => `想画什么呢？例如：npm start -- ${command} "一块披萨"`,
    'no-name': ({ command }) =>
      `${command} 后面要有一个模型名，例如 z-image-turbo。用 npm start -- models list 查看已有的。`,
    locked: ({ path }) =>
      `zimagine 已在使用这个数据文件夹（${path} 已锁定）。请先停止它，或用 DATA_DIR 指定另一个文件夹。`,
    'newer-database': ({ path, version, known }) =>
      `${path} 的版本是 ${version}，本程序只支持到 ${known}：请运行更新的程序，或恢复备份。`,
    'other-database': ({ path }) => `${path} 的版本比本程序旧：先启动一次服务，它会自动升级。`,
    'unusable-folder': ({ path, reason }) =>
      `${path} 不能用作数据文件夹：${zhReason(reason)}。请在 .env 里把 DATA_DIR 设为一个可以写入的文件夹。`,
    'unusable-database': ({ path, reason }) => `${path} 无法使用：${zhReason(reason)}`,
  },

  unknownSetting: ({ name, nearest }) =>
    `.env：zimagine 没有 ${name} 这项设置。${nearest ? `是不是 ${nearest}？` : ''}`,
  noHealthPort: (port, reason) =>
    `HEALTH_PORT ${port}：${zhReason(reason)}。没有它机器人也能工作；请换一个端口，或填 0 关闭。`,
  fileFault: zhReason,
  crashed: (log) => `zimagine 遇到意外错误，已停止。详情见 ${log}。`,
  diskFull: (dataDir) => `zimagine 已停止：${dataDir} 所在的磁盘已满。请腾出空间再启动，什么都不会丢失。`,
}

import type { enConfig } from './en-config.ts'
import { zhReason } from './zh-reasons.ts'

/** 配置有误时说的话。 */
export const zhConfig: typeof enConfig = {
  title: (count) => `配置有 ${count} 处问题：`,

  problems: {
    whole: ({ variable }) => `${variable}：应为整数`,
    'at-least': ({ variable, min }) => `${variable}：至少为 ${min}`,
    'at-most': ({ variable, max }) => `${variable}：最多为 ${max}`,
    'one-of': ({ variable, choices }) => `${variable}：应为 ${choices.slice(0, -1).join('、')} 或 ${choices.at(-1)}`,
    decimals: ({ variable }) => `${variable}：应为数字，最多三位小数`,
    path: ({ variable }) => `${variable}：路径里不能有 ~，只有命令行才认识它`,
    url: ({ variable }) => `${variable}：应为以 http:// 或 https:// 开头的网址`,
    'no-password': ({ variable }) => `${variable}：网址里不能有用户名和密码`,
    device: ({ variable }) => `${variable}：应为 auto、cpu、webgpu、cuda 或 cuda:N`,
    devices: ({ variable }) => `${variable}：至少要有一个设备`,
    token: ({ variable }) => `${variable}：应为字母、数字和英文符号，不含空格；请重新复制一次`,
    admins: ({ variable }) =>
      `${variable}：应为 discord: 或 telegram: 加上账号的数字编号，例如 discord:123456789012345678`,
    servers: ({ variable }) => `${variable}：应为 17 到 20 位数字的编号`,
    secret: ({ variable }) => `${variable}：应为 16 到 256 个字母、数字、_ 和 -`,
    'needed-with': ({ variable, other }) => `${variable}：设置了 ${other} 就必须填写`,
    'other-than': ({ variable, other, port }) => `${variable}：不能与 ${other} 用同一个端口 ${port}`,
    zone: ({ variable }) => `${variable}：应为时区，例如 Asia/Shanghai`,
    'no-equals': ({ variable }) => `${variable}：在 .env 里，名字后面应为英文等号，再写它的值`,
    unreadable: ({ variable, reason }) => `${variable}：无法读取，${zhReason(reason)}`,
  },
}

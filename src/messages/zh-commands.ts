import { styleNames } from '../styles.ts'
import type { enCommands } from './en-commands.ts'

const JOB = '图片编号；不填则为你最新的一张'

export const zhCommands: typeof enCommands = {
  imagine: {
    description: '用文字画一张图',
    params: {
      prompt: '画什么',
      aspect: '画面比例；尺寸随模型而定',
      size: '不用比例而用确切尺寸，例如 128x128',
      seed: '相同的种子画出相同的图',
      count: '画几张',
      steps: '步数越多越慢',
      negative: '不想出现的东西（模型支持时有效）',
      guidance: '多大程度遵循文字；0 为关闭',
      style: '画法',
      private: '只有你自己看得到',
      vary: '偏离常规画面的程度，0 到 100',
    },
    labels: styleNames('zh'),
  },
  again: { description: '同样的文字，换一个种子再画', params: { job: JOB } },
  vary: { description: '同样的文字，变化更大地再画', params: { job: JOB, strength: '变化程度，0 到 100' } },
  edit: {
    description: '修改一张图的文字和设置',
    params: { job: '图片编号', prompt: '画什么', settings: '设置，以参数形式' },
  },
  save: { description: '收藏一张图，或取消收藏', params: { job: JOB } },
  remove: { description: '删除一张图', params: { job: '图片编号' } },
  cancel: { description: '取消排队中的图', params: { job: JOB } },
  queue: { description: '队伍有多长，你排在哪里', params: {} },
  quota: { description: '你的额度，以及何时恢复', params: {} },
  history: {
    description: '你的图片，新的在前',
    params: { search: '提示词里的词', page: '页码', starred: '只看收藏' },
  },
  show: { description: '查看一张图及其做法', params: { job: JOB }, onPicture: '图片详情' },
  reproduce: { description: '一模一样地重画一张图', params: { job: JOB }, onPicture: '重现此图' },
  settings: {
    description: '你自己的默认设置',
    params: { aspect: '画面比例', count: '画几张', style: '画法', language: '语言' },
    labels: { none: '无', en: 'English', zh: '中文', ...styleNames('zh') },
  },
  link: {
    description: '与你在另一平台的账号共享额度、记录和设置',
    params: { code: '另一平台给出的代码；不填则生成一个' },
  },
  privacy: {
    description: '查看或删除关于你的数据',
    params: { action: '要做什么', confirm: '确认删除' },
    labels: { export: '导出我的数据', delete: '全部删除' },
  },
  help: { description: '我会做什么', params: { command: '想了解的命令' } },
  about: { description: '模型、速度和每张图的费用', params: {} },
  quota_admin: {
    description: '管理个人、身份组和群聊的额度与限制',
    params: {
      action: '要做什么',
      who: 'everyone、here、me、提及、名字、role:编号、chat:编号或 平台:编号',
      credits: '每天的额度，或赠送的额度',
      waiting: '最多排队几张',
      pixels: '最大像素数',
      steps: '最多步数',
      weight: '占用引擎的份额；通常为 1',
      priority: '数值高者优先；通常为 0',
      expires: '多久有效：30m、12h、7d、2w',
      remove: '删除这条规则',
      reason: '原因',
    },
    labels: {
      show: '查看',
      set: '设定规则',
      grant: '赠送额度',
      reset: '恢复今日额度',
      unlimited: '不限量',
      rules: '所有规则',
    },
  },
  moderate: {
    description: '管理谁能画、在哪里画、哪些词不能用',
    params: {
      action: '要做什么',
      who: 'here、提及、名字、chat:编号；禁词时填词语，用逗号隔开',
      expires: '多久有效：30m、12h、7d、2w',
      remove: '要移出名单的词',
      reason: '原因',
    },
    labels: { block: '封禁', unblock: '解封', allow: '允许', deny: '添加禁词', words: '禁词名单' },
  },
  admin: {
    description: '队伍、统计和操作记录',
    params: { action: '要做什么', number: '图片编号、统计天数或记录页码' },
    labels: { pause: '暂停', resume: '继续', drain: '停止接单', cancel: '取消一张图', stats: '统计', audit: '记录' },
  },
}

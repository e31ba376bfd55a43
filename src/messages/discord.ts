/** What the Discord adapter itself must say; it is handed in by `main.ts`. */
export const discordWords = {
  en: {
    restarting: 'I am restarting. Please ask again in a minute: nothing that waits in line is lost.',
    pressAgain: 'That took me too long to open a form. Please press again.',
    noWords: 'The form had no words to draw. Please try again.',
    uploadedAs: (format: string) => `Shown as ${format}: the PNG is larger than Discord takes here.`,
    movesToChannel:
      'Discord lets me change this message for 15 minutes only: the picture will come as a new message in this channel.',
    movesToDirect:
      'Discord lets me change this message for 15 minutes only: the picture will come as a direct message, and waits in /history.',
    sentToDirect: 'I could no longer answer where you asked, so here it is:',
  },
  zh: {
    restarting: '我正在重启，请一分钟后再试：排队中的任务不会丢失。',
    pressAgain: '打开表单花了太久，请再按一次。',
    noWords: '表单里没有要画的内容，请再试一次。',
    uploadedAs: (format: string) => `以 ${format} 显示：PNG 超过了 Discord 在此处的大小上限。`,
    movesToChannel: 'Discord 只允许我在 15 分钟内修改这条消息：图片将作为新消息发到本频道。',
    movesToDirect: 'Discord 只允许我在 15 分钟内修改这条消息：图片将私信发给你，也可在 /history 中找到。',
    sentToDirect: '我已无法在你提问的地方回复，所以发到这里：',
  },
}

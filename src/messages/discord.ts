/** What the Discord adapter itself must say; it is handed in by `main.ts`. */
export const discordWords = {
  en: {
    restarting: "I'm restarting. Please try again in a minute; nothing in line is lost.",
    pressAgain: 'Opening the form took too long. Please press again.',
    noWords: 'The form had no prompt. Please try again.',
    uploadedAsWebP: 'Shown as WebP: the PNG is too large for Discord here.',
    movesToChannel:
      'Discord only lets me edit this message for 15 minutes, so the picture will come as a new message in this channel.',
    movesToDirect:
      'Discord only lets me edit this message for 15 minutes, so the picture will come as a direct message. It will be in /history, too.',
    cameAnew: 'The picture came as a new message.',
    sentToDirect: 'I could no longer reply where you asked, so here it is:',
  },
  zh: {
    restarting: '我正在重启，请一分钟后再试，排队中的图不会丢失。',
    pressAgain: '打开表单花了太久，请再按一次。',
    noWords: '表单里没有提示词，请再试一次。',
    uploadedAsWebP: '以 WebP 显示：PNG 超过了 Discord 在这里的大小上限。',
    movesToChannel: 'Discord 只允许我在 15 分钟内修改这条消息，所以图片会作为新消息发到本频道。',
    movesToDirect: 'Discord 只允许我在 15 分钟内修改这条消息，所以图片会私信发给你，也可在 /history 里找到。',
    cameAnew: '图片已作为新消息发出。',
    sentToDirect: '我已无法在你提出请求的地方回复，所以发到这里：',
  },
}

const { merge } = require('./task')

/**
 * All texts. `messages` are for developers, `users` for those who use the mini program, `ui` stands in the components.
 * @typedef {object} Texts
 * @property {string} refreshing
 * @property {string} loginSucceeded
 * @property {string} loginFailed
 * @property {string} tapAgain also shown for reasons without a text of their own
 * @property {Record<string, string>} messages
 * @property {Record<string, string>} users
 * @property {Record<string, string>} ui
 */

/** Reasons that say the same to a user. */
const SAME = {
  TIMEOUT: 'NETWORK', BACKGROUND: 'NETWORK', QUEUE_FULL: 'RATE_LIMITED', LOGIN_THROTTLED: 'RATE_LIMITED',
  PRIVACY_REFUSED: 'AUTH_REFUSED', AUTH_STEP_REQUIRED: 'STEP_REQUIRED'
}

/** @type {Texts} */
const zh = {
  refreshing: '刷新登录态中',
  loginSucceeded: '登录成功',
  loginFailed: '登录失败',
  tapAgain: '网络出小差了，请稍后重试',
  messages: {
    FUSE_OPEN: '刷新登录-保险丝已熔断，请稍后',
    FUSE_BLOWN: '刷新登录-保险丝熔断!!',
    QUEUE_FULL: 'refreshLoginQueue 超出容量：',
    PRIVACY_NOT_DECLARED: '未声明：mp.weixin.qq.com 设置-用户隐私保护指引'
  },
  users: {
    NETWORK: '网络不给力，请检查后重试',
    RATE_LIMITED: '操作太频繁，请稍后重试',
    LOGGED_OUT: '您已退出登录',
    AUTH_CANCELLED: '已取消',
    AUTH_REFUSED: '需要您的授权才能继续',
    PHONE_QUOTA: '暂时无法获取手机号，请换一种方式',
    SINGLE_PAGE: '请前往小程序使用完整服务',
    STEP_REQUIRED: '请先完善资料',
    USER_BLOCKED: '账号已被限制使用',
    BODY_TOO_LARGE: '内容太大了'
  },
  ui: {
    title: '完善资料',
    profile: '设置头像和昵称',
    nickname: '请输入昵称',
    nicknameRefused: '请输入真实昵称',
    submit: '保存',
    phone: '绑定手机号',
    phoneButton: '手机号快捷验证',
    done: '已完成授权',
    leave: '暂不登录'
  }
}

/** @type {Texts} */
const en = {
  refreshing: 'Logging in',
  loginSucceeded: 'Logged in',
  loginFailed: 'Login failed',
  tapAgain: 'Something went wrong, please try again',
  messages: {
    FUSE_OPEN: 'login fuse is open',
    FUSE_BLOWN: 'login fuse opens',
    QUEUE_FULL: 'login queue is full: ',
    PRIVACY_NOT_DECLARED: 'not declared: mp.weixin.qq.com, Settings, Privacy Protection Guidelines'
  },
  users: {
    NETWORK: 'No connection, please try again',
    RATE_LIMITED: 'Too many requests, please try later',
    LOGGED_OUT: 'You are logged out',
    AUTH_CANCELLED: 'Cancelled',
    AUTH_REFUSED: 'This needs your permission',
    PHONE_QUOTA: 'Not available, please use another way',
    SINGLE_PAGE: 'Please open the Mini Program',
    STEP_REQUIRED: 'Please complete your profile first',
    USER_BLOCKED: 'This account is blocked',
    BODY_TOO_LARGE: 'This is too large'
  },
  ui: {
    title: 'Complete your profile',
    profile: 'Avatar and nickname',
    nickname: 'Nickname',
    nicknameRefused: 'Please enter your nickname',
    submit: 'Save',
    phone: 'Phone number',
    phoneButton: 'Use my phone number',
    done: 'All done',
    leave: 'Not now'
  }
}

/**
 * @param {'zh-CN' | 'en' | undefined} language
 * @param {any} [own] texts of the app, of the same shape, any part of them
 * @returns {Texts}
 */
function texts(language, own) {
  const base = language === 'en' ? en : zh
  const all = merge({}, base, own)
  for (const group of ['messages', 'users', 'ui']) all[group] = merge({}, base[group], own && own[group])
  for (const reason of Object.keys(SAME)) all.users[reason] = all.users[reason] || all.users[SAME[reason]]
  return all
}

module.exports = { texts }

/**
 * All texts. `messages` are for developers, `users` for those who use the mini program.
 * @typedef {object} Texts
 * @property {string} refreshing
 * @property {string} loginSucceeded
 * @property {string} loginFailed
 * @property {string} tapAgain
 * @property {string} fallback
 * @property {Record<string, string>} messages
 * @property {Record<string, string>} users
 * @property {Record<string, string>} ui
 */

/** @type {Texts} */
const zh = {
  refreshing: '刷新登录态中',
  loginSucceeded: '登录成功',
  loginFailed: '登录失败',
  tapAgain: '网络出小差了，请稍后重试',
  fallback: '服务出小差了，请稍后重试',
  messages: {
    FUSE_OPEN: '刷新登录-保险丝已熔断，请稍后',
    FUSE_BLOWN: '刷新登录-保险丝熔断!!',
    QUEUE_FULL: 'refreshLoginQueue 超出容量：',
    PRIVACY_NOT_DECLARED: '未声明用户隐私：mp.weixin.qq.com，设置-服务内容声明-用户隐私保护指引'
  },
  users: {
    NETWORK: '网络不给力，请检查后重试',
    TIMEOUT: '网络超时，请稍后重试',
    BACKGROUND: '操作被打断，请重试',
    WX_LOGIN_FAILED: '微信登录失败，请稍后重试',
    FUSE_OPEN: '登录失败，请稍后重试',
    QUEUE_FULL: '操作太频繁，请稍后重试',
    LOGGED_OUT: '您已退出登录',
    AUTH_CANCELLED: '已取消',
    AUTH_REFUSED: '需要您的授权才能继续',
    PRIVACY_REFUSED: '需要您同意隐私协议才能继续',
    PHONE_QUOTA: '暂时无法获取手机号，请换一种方式',
    SINGLE_PAGE: '请前往小程序使用完整服务',
    STEP_REQUIRED: '请先完善资料',
    AUTH_STEP_REQUIRED: '请先完善资料',
    DECRYPT_WX_OPEN_DATA_FAIL: '网络出小差了，请稍后重试',
    USER_BLOCKED: '账号已被限制使用',
    LOGIN_THROTTLED: '登录人数太多，请稍后重试',
    RATE_LIMITED: '操作太频繁，请稍后重试',
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
  tapAgain: 'Something went wrong. Please try again.',
  fallback: 'Something went wrong. Please try again later.',
  messages: {
    FUSE_OPEN: 'login fuse is open, try later',
    FUSE_BLOWN: 'login fuse opens',
    QUEUE_FULL: 'refreshLoginQueue is full: ',
    PRIVACY_NOT_DECLARED: 'not declared in the privacy agreement: mp.weixin.qq.com, Settings, Privacy Protection Guidelines'
  },
  users: {
    NETWORK: 'No connection. Check the network and try again.',
    TIMEOUT: 'The network is slow. Please try again.',
    BACKGROUND: 'Interrupted. Please try again.',
    WX_LOGIN_FAILED: 'WeChat login failed. Please try again later.',
    FUSE_OPEN: 'Login failed. Please try again later.',
    QUEUE_FULL: 'Too many requests. Please try again later.',
    LOGGED_OUT: 'You are logged out.',
    AUTH_CANCELLED: 'Cancelled.',
    AUTH_REFUSED: 'This needs your permission.',
    PRIVACY_REFUSED: 'This needs your consent to the privacy agreement.',
    PHONE_QUOTA: 'The phone number is not available. Please use another way.',
    SINGLE_PAGE: 'Please open the Mini Program for this.',
    STEP_REQUIRED: 'Please complete your profile first.',
    AUTH_STEP_REQUIRED: 'Please complete your profile first.',
    DECRYPT_WX_OPEN_DATA_FAIL: 'Something went wrong. Please try again.',
    USER_BLOCKED: 'This account is blocked.',
    LOGIN_THROTTLED: 'Too many logins. Please try again later.',
    RATE_LIMITED: 'Too many requests. Please try again later.',
    BODY_TOO_LARGE: 'This is too large.'
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
 * @param {'zh-CN' | 'en'} language
 * @param {any} [replaced] texts of the app, of the same shape, any part of them
 * @returns {Texts}
 */
function texts(language, replaced) {
  const base = language === 'en' ? en : zh
  const own = replaced || {}
  /** @type {any} */
  const all = Object.assign({}, base, own)
  for (const group of ['messages', 'users', 'ui']) all[group] = Object.assign({}, base[group], own[group])
  return all
}

module.exports = { texts }

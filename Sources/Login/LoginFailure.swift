/// Why a login or a session call failed, in the contract's terms.
package enum LoginFailure: Error, Equatable, Sendable {
    /// 20006 LOGIN_CODE_INVALID; `mock`: the developer tools' placeholder, where a new wx.login is of no use.
    case codeInvalid(mock: Bool)
    /// 20007 LOGIN_CODE_USED.
    case codeUsed
    /// 20008 USER_BLOCKED.
    case userBlocked
    /// 20009 LOGIN_THROTTLED; seconds for `retry-after`.
    case throttled(retryAfter: Int)
    /// 25001 MISCONFIGURED.
    case misconfigured
    /// 30000 WECHAT_UNAVAILABLE, with `data.status` 504 (time-out), 502 (no response, or an unreadable one) or 503
    /// (WeChat is busy).
    case wechatUnavailable(status: Int)
    /// 25003 UNAVAILABLE: the store did not take the login.
    case storeUnavailable
    /// 25003 UNAVAILABLE: too many logins wait, or the gateway is about to stop.
    case overloaded
    /// 20002 AUTH_INVALID: the token is good, but its session is not in the store (ended, expired, of another store).
    case sessionUnknown
    /// 25000 INTERNAL.
    case internalFault
    /// 20010 DECRYPT_WX_OPEN_DATA_FAIL, for whichever reason.
    case openDataRefused
    /// 30000: the service that knows the users (`users.resolve`) failed.
    case resolverFailed(ResolverFault)

    /// Why the user resolver did not return a user id.
    package enum ResolverFault: Equatable, Sendable {
        /// No connection.
        case connect
        case timeout
        /// An unreadable response, or one without a user id.
        case protocolViolation
        /// Another status than 200.
        case status(Int)
    }
}

import NIOCore

/// The query of one `jscode2session` call; nil: absent or empty.
struct ExchangeRequest: Sendable {
    var appID: String?
    var secret: String?
    var code: String?
    var grantType: String?
}

/// The result of a call of WeChat's API, before it is written as a response.
struct Exchange: Sendable, Equatable {
    enum Result: Sendable, Equatable {
        case success(sessionKey: String, openid: String, unionid: String?)
        case phoneNumber(PhoneNumber, appID: String, timestamp: Int64)
        case accessToken(text: String, expiresIn: Int64)
        /// Of `checksession`.
        case valid
        case refusal(errcode: Int, errmsg: String)
    }

    var result: Result
    /// The fault that shapes the response, if one was due.
    var fault: Fault?
    /// The delay of every response.
    var delay = TimeAmount.zero
}

package import HTTPWire

/// A local reply: a response that the gateway makes itself, before it is serialized. Members left nil take the defaults
/// of the error code.
package struct LocalReply: Sendable {
    /// What people read.
    package enum Message: Sendable {
        case fixed(StaticString)
        /// UTF-8. It is escaped; it must name no internal host, file path, secret or URL with a query.
        case bytes([UInt8])
    }

    /// The code of a success.
    static let successCode = 10000

    /// Nil: success.
    package var reason: ErrorCode?
    /// The HTTP status; nil: the error code's, or 200.
    package var status: Int?
    /// In place of the reason's message.
    package var message: Message?
    /// Whether calling wx.login makes sense; nil: the error code's default. False where that is true takes `replay` along.
    package var relogin: Bool?
    /// One JSON value. Of a success it is `data` (an empty object where nil or empty); of a failure it is `data` if given.
    package var data: [UInt8]?
    /// In seconds.
    package var retryAfter: Int?
    /// The methods that would do, for 405: `GET, POST`.
    package var allow: [UInt8]?
    /// Whether `data` contains a token: shared caches must not keep it, whatever other fields say.
    package var carriesToken = false
    /// Sent with every reply: the code that it was exchanged for is spent.
    package var newToken: NewToken?
    /// Further fields; nil: none.
    package var fields: FieldBlock?

    /// A failure.
    package init(_ reason: ErrorCode) {
        self.reason = reason
    }

    /// A success of one of the gateway's own endpoints.
    package init(success data: [UInt8]) {
        self.data = data
    }

    /// The HTTP status, where statuses are real.
    package var realStatus: Int { status ?? reason?.status ?? 200 }
}

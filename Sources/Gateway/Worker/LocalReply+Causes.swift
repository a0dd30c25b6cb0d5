import HTTPWire
import Login
import NIOCore

/// From a cause to the answer: the one place where faults of the client, of services and of WeChat become contract codes.
extension LocalReply {
    static func refusal(
        _ reason: ErrorCode,
        message: StaticString? = nil,
        allow: [UInt8]? = nil,
        retryAfter: Int? = nil
    ) -> LocalReply {
        var reply = LocalReply(reason)
        if let message { reply.message = .fixed(message) }
        reply.allow = allow
        reply.retryAfter = retryAfter
        return reply
    }

    /// A request that breaks HTTP/1.1 or a limit of the gateway.
    static func refusal(_ fault: WireFault) -> LocalReply {
        let reason: ErrorCode =
            switch fault.status {
            case 414: .uriTooLong
            case 417: .expectationFailed
            case 431: .headersTooLarge
            case 501, 505: .notSupported
            default: .badRequest
            }
        var reply = LocalReply.refusal(reason, message: fault.message)
        reply.status = fault.status
        return reply
    }

    /// The reply to what no route takes; nil: the request goes on.
    static func toUnroutable(_ head: borrowing RequestHead) -> LocalReply? {
        if let reply = toOddTarget(head) { return reply }
        guard let query = head.query else { return nil }
        let bytes = head.arena
        let form = TargetNormalizer.form(ofQuery: bytes.readableBytesUInt8Span.extracting(query.range))
        return form == .refused ? badQuery : nil
    }

    static let badQuery = refusal(.badRequest, message: "the query contains bytes that are not allowed in a URL")

    /// The reply to TRACE and to `*`, whatever the query; nil: the request goes on.
    static func toOddTarget(_ head: borrowing RequestHead) -> LocalReply? {
        if head.method == .trace {
            // Echoes what came in, credentials too (RFC 9110 section 9.3.8).
            return .refusal(.methodNotAllowed, allow: Worker.allMethods)
        }
        if head.form == .asterisk {
            var capabilities = LocalReply(success: Array("{}".utf8))
            capabilities.allow = Worker.allMethods
            return capabilities
        }
        return nil
    }

    /// A request that cannot be received.
    static func refusal(_ fault: RequestFault) -> LocalReply {
        switch fault {
        case .malformed(let fault): .refusal(fault)
        case .timedOut: .refusal(.requestTimeout)
        case .overloaded: .refusal(.unavailable, retryAfter: 1)
        }
    }

    /// A service that gave no answer, or none that can be trusted.
    static func failure(_ fault: ServiceFault) -> LocalReply {
        switch fault {
        case .connectFailed, .nameNotFound, .tlsFailed: LocalReply(.upstreamConnect)
        case .connectTimedOut, .tlsTimedOut, .timedOut: LocalReply(.upstreamTimeout)
        case .closed, .malformed, .tooManyInformational, .unsolicitedUpgrade: LocalReply(.upstreamProtocol)
        case .noTarget, .noConnection: .refusal(.upstreamUnavailable, retryAfter: 1)
        case .refused(let seconds): .refusal(.upstreamUnavailable, retryAfter: seconds)
        }
    }

    static let live = LocalReply(success: Array(#"{"status":"live"}"#.utf8))
    private static let readyBody = Array(#"{"status":"ready"}"#.utf8)
    private static let degradedBody = Array(#"{"status":"degraded"}"#.utf8)

    static func ready(_ readiness: Readiness) -> LocalReply {
        guard readiness.isReady else {
            return .refusal(
                .unavailable,
                message: readiness.isDraining ? "the gateway is stopping" : "the gateway is starting"
            )
        }
        return LocalReply(success: readiness.isDegraded ? degradedBody : readyBody)
    }

    /// What an endpoint under the login path has to say.
    init(_ reply: EndpointReply, to call: Endpoint? = nil) {
        switch reply.outcome {
        case .success(let data):
            self.init(success: data)
            carriesToken = reply.carriesToken
        case .badRequest(let message):
            self.init(.badRequest)
            self.message = .bytes(Array(message.utf8))
        case .failure(let failure):
            self = .login(failure)
        }
        // A phone code comes from a button: a login gives no other one.
        if call == .updatePhone, reason == .loginCodeInvalid || reason == .loginCodeUsed {
            relogin = false
            message = .fixed("the phone code is invalid, let the user tap the button again")
        }
    }

    /// The client's status stays the contract's; what happened behind the gateway stands inside.
    private static func behind(_ reason: ErrorCode, innerStatus: Int) -> LocalReply {
        var reply = LocalReply(reason)
        let body = #"{"error":{"message":"\#(reason.message)"}}"#
        reply.data = Array(#"{"data":\#(body),"status":\#(innerStatus)}"#.utf8)
        return reply
    }

    private static func login(_ failure: LoginFailure) -> LocalReply {
        switch failure {
        case .codeInvalid(mock: false):
            return LocalReply(.loginCodeInvalid)
        case .codeInvalid(mock: true):
            // The developer tools give this code where no appid is set: another login would give it again.
            var reply = LocalReply.refusal(
                .loginCodeInvalid,
                message: "this is the mock code of the developer tools: set the project's appid there"
            )
            reply.relogin = false
            return reply
        case .codeUsed:
            return LocalReply(.loginCodeUsed)
        case .userBlocked:
            return LocalReply(.userBlocked)
        case .throttled(let seconds):
            return .refusal(.loginThrottled, retryAfter: seconds)
        case .misconfigured:
            return LocalReply(.misconfigured)
        case .wechatUnavailable(let status):
            return behind(.wechatUnavailable, innerStatus: status)
        case .openDataRefused:
            return LocalReply(.openDataRefused)
        case .resolverFailed(.connect):
            return LocalReply(.upstreamConnect)
        case .resolverFailed(.timeout):
            return LocalReply(.upstreamTimeout)
        case .resolverFailed(.protocolViolation):
            return LocalReply(.upstreamProtocol)
        case .resolverFailed(.status(let status)):
            return behind(.upstreamStatus, innerStatus: status)
        case .storeUnavailable, .overloaded:
            return LocalReply(.unavailable)
        case .sessionUnknown:
            return LocalReply(.authInvalid)
        case .internalFault:
            return LocalReply(.internalFault)
        }
    }
}

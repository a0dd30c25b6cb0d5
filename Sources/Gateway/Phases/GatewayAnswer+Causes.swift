import HTTPWire
import Login

/// From a cause to the answer: the one place where faults of the client, of services and of WeChat become contract codes.
extension GatewayAnswer {
    static func refusal(
        _ reason: Reason,
        message: StaticString? = nil,
        allow: [UInt8]? = nil,
        retryAfter: Int? = nil
    ) -> GatewayAnswer {
        var answer = GatewayAnswer(reason)
        if let message { answer.message = .fixed(message) }
        answer.allow = allow
        answer.retryAfter = retryAfter
        return answer
    }

    /// A request that breaks HTTP/1.1 or a limit of the gateway.
    static func refusal(_ fault: WireFault) -> GatewayAnswer {
        let reason: Reason =
            switch fault.status {
            case 414: .uriTooLong
            case 417: .expectationFailed
            case 431: .headersTooLarge
            case 501, 505: .notSupported
            default: .badRequest
            }
        var answer = GatewayAnswer.refusal(reason, message: fault.message)
        answer.status = fault.status
        return answer
    }

    /// A service that gave no answer, or none that can be trusted.
    static func failure(_ fault: ServiceFault) -> GatewayAnswer {
        switch fault {
        case .connectFailed, .nameNotFound, .tlsFailed: GatewayAnswer(.upstreamConnect)
        case .connectTimedOut, .tlsTimedOut, .timedOut: GatewayAnswer(.upstreamTimeout)
        case .closed, .malformed, .tooManyInformational, .unaskedUpgrade: GatewayAnswer(.upstreamProtocol)
        case .noTarget, .noConnection: .refusal(.upstreamUnavailable, retryAfter: 1)
        case .refused(let seconds): .refusal(.upstreamUnavailable, retryAfter: seconds)
        }
    }

    static let live = GatewayAnswer(success: Array(#"{"status":"live"}"#.utf8))
    private static let readyBody = Array(#"{"status":"ready"}"#.utf8)
    private static let degradedBody = Array(#"{"status":"degraded"}"#.utf8)

    static func ready(_ readiness: Readiness) -> GatewayAnswer {
        guard readiness.isReady else {
            return .refusal(
                .unavailable,
                message: readiness.isDraining ? "the gateway is stopping" : "the gateway is starting"
            )
        }
        return GatewayAnswer(success: readiness.isDegraded ? degradedBody : readyBody)
    }

    /// What an endpoint under the login path has to say.
    init(_ reply: EndpointReply, to call: GatewayCall? = nil) {
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
        if call == .auth(.updatePhone), reason == .loginCodeInvalid || reason == .loginCodeUsed {
            relogin = false
            message = .fixed("the phone code is not good, let the user tap the button again")
        }
    }

    /// The client's status stays the contract's; what happened behind the gateway stands inside.
    private static func behind(_ reason: Reason, innerStatus: Int) -> GatewayAnswer {
        var answer = GatewayAnswer(reason)
        let body = #"{"error":{"message":"\#(reason.message)"}}"#
        answer.data = Array(#"{"data":\#(body),"status":\#(innerStatus)}"#.utf8)
        return answer
    }

    private static func login(_ failure: LoginFailure) -> GatewayAnswer {
        switch failure {
        case .codeInvalid(mock: false):
            return GatewayAnswer(.loginCodeInvalid)
        case .codeInvalid(mock: true):
            // The developer tools give this code where no appid is set: another login would give it again.
            var answer = GatewayAnswer.refusal(
                .loginCodeInvalid,
                message: "this is the mock code of the developer tools: set the project's appid there"
            )
            answer.relogin = false
            return answer
        case .codeUsed:
            return GatewayAnswer(.loginCodeUsed)
        case .userBlocked:
            return GatewayAnswer(.userBlocked)
        case .throttled(let seconds):
            return .refusal(.loginThrottled, retryAfter: seconds)
        case .misconfigured:
            return GatewayAnswer(.misconfigured)
        case .wechatUnavailable(let status):
            return behind(.wechatUnavailable, innerStatus: status)
        case .openDataRefused:
            return GatewayAnswer(.openDataRefused)
        case .resolverFailed(.connect):
            return GatewayAnswer(.upstreamConnect)
        case .resolverFailed(.timeout):
            return GatewayAnswer(.upstreamTimeout)
        case .resolverFailed(.protocolViolation):
            return GatewayAnswer(.upstreamProtocol)
        case .resolverFailed(.status(let status)):
            return behind(.upstreamStatus, innerStatus: status)
        case .storeUnavailable, .overloaded:
            return GatewayAnswer(.unavailable)
        case .sessionUnknown:
            return GatewayAnswer(.authInvalid)
        case .internalFault:
            return GatewayAnswer(.internalFault)
        }
    }
}

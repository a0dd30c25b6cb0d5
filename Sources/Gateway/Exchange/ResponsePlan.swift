import Configuration
import HTTPWire

/// What is done with a service's response, decided from its head alone (contract, section 3).
struct ResponsePlan: Equatable, Sendable {
    enum Treatment: Equatable, Sendable {
        /// Untouched and streamed.
        case pass
        /// Wrapped as `{"code":10000,…,"data":<body>}`, streamed through the validator.
        case wrap
        /// The same for a response without a body: `"data":null`.
        case wrapNull
        /// A failure: collected up to its limit and sent in the envelope.
        case capture
    }

    var treatment: Treatment
    /// The status the client sees (before `always200`).
    var status: Int
    /// How the body towards the client comes to its end.
    var body: ResponseBody

    /// - Parameters:
    ///   - service: status and framing of the service's response, and whether its content type is JSON.
    ///   - method: the client's method; HEAD has no body whatever the head says.
    ///   - newToken: what a wrapped body brings along.
    static func make(
        status: Int,
        framing: BodyFraming,
        contentLength: UInt64?,
        isJSON: Bool,
        isEncoded: Bool,
        method: HTTPMethod,
        failures: FailurePolicy,
        success: SuccessPolicy,
        unauthorized: ServiceUnauthorizedPolicy,
        newToken: NewToken? = nil
    ) -> ResponsePlan {
        if StatusRules.isFailure(status, failures: failures.rule, unauthorized: unauthorized.rule) {
            let outer = StatusRules.clientStatus(ofService: status, unauthorized: unauthorized.rule)
            return ResponsePlan(treatment: .capture, status: outer, body: .none)
        }
        let saysLength = method == .head || status == 304
        guard success == .wrap, status < 300 else {
            return ResponsePlan(
                treatment: .pass,
                status: status,
                body: passed(framing, contentLength: contentLength, saysLength: saysLength)
            )
        }
        if status == 204 || status == 205 {
            return ResponsePlan(treatment: .wrapNull, status: 200, body: .none)
        }
        guard isJSON, !isEncoded, status != 206 else {
            return ResponsePlan(
                treatment: .pass,
                status: status,
                body: passed(framing, contentLength: contentLength, saysLength: saysLength)
            )
        }
        if method == .head {
            return ResponsePlan(treatment: .wrap, status: status, body: .none)
        }
        switch framing {
        case .none, .length(0):
            // The service did its work and has nothing to say.
            return ResponsePlan(treatment: .wrapNull, status: status, body: .none)
        case .length(1..<UInt64(SuccessWrapper.nullCount)):
            return ResponsePlan(treatment: .wrap, status: status, body: .unknown)
        case .length(let count):
            let around = wrapOverhead + UInt64(newToken?.member.count ?? 0)
            let (total, overflow) = count.addingReportingOverflow(around)
            return ResponsePlan(treatment: .wrap, status: status, body: overflow ? .unknown : .length(total))
        case .chunked, .untilClose:
            return ResponsePlan(treatment: .wrap, status: status, body: .unknown)
        }
    }

    private static let wrapOverhead = UInt64(SuccessWrapper.prefixCount + SuccessWrapper.suffixCount)
    /// Bytes of the envelope around `null`, and it.
    static func nullBodyCount(newToken: NewToken?) -> UInt64 {
        wrapOverhead + UInt64(SuccessWrapper.nullCount) + UInt64(newToken?.member.count ?? 0)
    }

    private static func passed(_ framing: BodyFraming, contentLength: UInt64?, saysLength: Bool) -> ResponseBody {
        switch framing {
        // HEAD and 304 may say how long the body would be (RFC 9110 section 8.6).
        case .none: saysLength ? contentLength.map { .length($0) } ?? .none : .none
        case .length(let count): .length(count)
        case .chunked, .untilClose: .unknown
        }
    }
}

extension FailurePolicy {
    fileprivate var rule: StatusRules.Failures {
        switch self {
        case .clientAndServerErrors: .from400
        case .serverErrors: .from500
        case .none: .none
        }
    }
}

extension ServiceUnauthorizedPolicy {
    fileprivate var rule: StatusRules.Unauthorized {
        switch self {
        case .forbidden: .as403
        case .badGateway: .as502
        case .pass: .pass
        }
    }
}

extension ResponseFieldPolicy {
    /// The request id is the gateway's.
    static let passed = ResponseFieldPolicy.pass.dropping([.xRequestID])
    static let normalised = ResponseFieldPolicy.normalisedFailure.dropping([.xRequestID])
    static let wrapped = ResponseFieldPolicy.wrappedSuccess.dropping([.xRequestID])
    static let passedWithToken = passed.withToken
    static let wrappedWithToken = wrapped.withToken
}

import Configuration
import HTTPWire
import Login
import NIOCore

/// Phase 3: login in place, a fresh code on a request whose token does not hold (contract, section 4).
enum InPlaceLoginPhase {
    /// Exchanges the code that the request carries, if it does and the route lets it; proceeds where there is none.
    ///
    /// - Parameter rejection: why the request's token was rejected; nil: it has none.
    static func run(
        _ route: CompiledRoute,
        _ head: borrowing RequestHead,
        path: Span<UInt8>,
        rejection: ErrorCode?,
        _ exchange: Exchange
    ) -> PhaseResult {
        let request = exchange.request
        guard route.inPlaceLogin else { return .proceed }
        let bytes = head.arena
        let arena = bytes.readableBytesUInt8Span
        var code = request.rareState?.queryCode
        if let index = head.firstIndex(of: .xWxCode) {
            for later in (index + 1)..<max(index + 1, head.fields.count) where head.fields[later].known == .xWxCode {
                return .reply(.refusal(.badRequest, message: "x-wx-code is sent more than once"))
            }
            let value = head.fields[index].value
            if !value.isEmpty { code = Array(copying: arena.extracting(value.range)) }
        }
        guard let code else { return .proceed }
        var appID = request.rareState?.queryAppID
        if let value = head.firstValue(of: .xWxAppID) {
            appID = Array(copying: arena.extracting(value.range))
        }
        Hold.begin(exchange, head, path: path)
        exchange.snapshot.endpoints.loginInPlace(
            code: String(decoding: code, as: UTF8.self),
            appID: appID.map { String(decoding: $0, as: UTF8.self) },
            clientAddress: request.clientAddress ?? exchange.peer.text,
            completion: Hold.resumption(of: exchange) { exchange, head, path, result in
                finish(result, &head, path: path, rejection: rejection, exchange)
            }
        )
        return .waiting
    }

    private static func finish(
        _ result: Result<InPlaceLogin, InPlaceFailure>,
        _ head: inout RequestHead,
        path: Span<UInt8>,
        rejection: ErrorCode?,
        _ exchange: Exchange
    ) -> PhaseResult {
        let request = exchange.request
        switch result {
        case .success(let login):
            let token = NewToken(login.token, expiresIn: login.expiresIn)
            request.loggedIn = Array(login.userID.utf8)
            request.rareState?.newToken = token
            // The gateway's own token goes the way of all others, and is remembered as they are.
            let bytes = token.token
            let now = exchange.loop.wallSeconds
            guard case .valid(let identity) = exchange.snapshot.tokens.verifier.verify(bytes.span, now: now) else {
                return .reply(.refusal(.internalFault))
            }
            request.identity = identity
            return Hold.proceed(exchange, &head, path: path)
        case .failure(.badRequest(let message)):
            return .reply(LocalReply(EndpointReply(.badRequest(message))))
        case .failure(.login(let failure)):
            if request.route?.auth == .optional, failure.isPassing {
                // Who has a token is somebody: a request with a bad one is not served as nobody's.
                if let rejection { return .reply(.rejected(rejection, afterLogout: false)) }
                return Hold.proceed(exchange, &head, path: path)
            }
            return .reply(LocalReply(EndpointReply(.failure(failure))))
        }
    }
}

extension LoginFailure {
    /// Whether nobody can log in at the moment, whatever code they have: where a token is not required, the request goes
    /// on without one.
    fileprivate var isPassing: Bool {
        switch self {
        case .wechatUnavailable, .throttled, .storeUnavailable, .overloaded, .resolverFailed: true
        default: false
        }
    }
}

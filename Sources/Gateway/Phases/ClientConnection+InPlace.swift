import Configuration
import HTTPWire
import Login
import NIOCore

/// Login in place: a fresh code on a request whose token does not hold (contract, section 4).
extension ClientConnection {
    /// Exchanges the code that the request carries, if it does and the route lets it. True where the request is held for
    /// that, or answered.
    func logInInPlace(_ route: CompiledRoute, path: Span<UInt8>) -> Bool {
        guard route.inPlaceLogin, !worker.isDraining else { return false }
        let bytes = worker.head.arena
        let arena = bytes.readableBytesUInt8Span
        var code = request.rareState?.queryCode
        if let index = worker.head.firstIndex(of: .xWxCode) {
            for later in (index + 1)..<max(index + 1, worker.head.fields.count)
            where worker.head.fields[later].known == .xWxCode {
                sendLocalReply(.refusal(.badRequest, message: "x-wx-code stands there twice"))
                return true
            }
            let value = worker.head.fields[index].value
            if !value.isEmpty { code = Array(copying: arena.extracting(value.range)) }
        }
        guard let code else { return false }
        var appID = request.rareState?.queryAppID
        if let value = worker.head.firstValue(of: .xWxAppID) {
            appID = Array(copying: arena.extracting(value.range))
        }
        hold(path: path)
        worker.endpoints.loginInPlace(
            code: String(decoding: code, as: UTF8.self),
            appID: appID.map { String(decoding: $0, as: UTF8.self) },
            clientAddress: request.clientAddress ?? peer.text,
            completion: resumption { connection, path, result in connection.loggedIn(result, path: path) }
        )
        return true
    }

    private func loggedIn(_ result: Result<InPlaceLogin, InPlaceFailure>, path: Span<UInt8>) {
        let route = worker.routes.routes[request.route]
        switch result {
        case .success(let login):
            let token = NewToken(login.token, expiresIn: login.expiresIn)
            request.loggedIn = Array(login.userID.utf8)
            request.rareState?.newToken = token
            // The gateway's own token goes the way of all others, and is remembered as they are.
            let bytes = token.token
            guard case .valid(let identity) = worker.verifier.verify(bytes.span, now: loop.wallSeconds) else {
                return sendLocalReply(.refusal(.internalFault))
            }
            request.identity = identity
            proceed(route, path: path)
        case .failure(.badRequest(let message)):
            sendLocalReply(LocalReply(EndpointReply(.badRequest(message))))
        case .failure(.login(let failure)):
            if route.auth == .optional, failure.isPassing { return proceed(route, path: path) }
            sendLocalReply(LocalReply(EndpointReply(.failure(failure))))
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

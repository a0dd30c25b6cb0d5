import Configuration
import HTTPWire
import Login
import NIOCore

/// Phase 3, authenticate: whose request it is, and whether they may ask this route.
extension ClientConnection {
    /// Whose token a request carries.
    enum Bearer {
        case user(Identity)
        /// No token, or none that holds; why.
        case rejected(ErrorCode, afterLogout: Bool = false)
        /// There is no token at all.
        case anonymous
    }

    /// True where the request may go on; otherwise it is answered, or held while its code is exchanged.
    func authenticate(_ route: CompiledRoute, path: Span<UInt8>) -> Bool {
        if route.auth == .none { return true }
        if route.queryCredentials { takeQueryCredentials() }
        switch bearer() {
        case .user(let identity):
            request.identity = identity
            return true
        case .anonymous:
            if logInInPlace(route, path: path) { return false }
            if route.auth == .optional { return true }
            sendLocalReply(.refusal(.authRequired))
            return false
        case .rejected(let reason, let afterLogout):
            // Who logged out wants to stay so.
            if reason.relogin, !afterLogout, logInInPlace(route, path: path) { return false }
            sendLocalReply(.rejected(reason, afterLogout: afterLogout))
            return false
        }
    }

    /// For one of the gateway's own endpoints; true where there is a good token.
    func authenticateForEndpoint() -> Bool {
        switch bearer() {
        case .user(let identity):
            request.identity = identity
            return true
        case .anonymous:
            sendLocalReply(.refusal(.authRequired))
        case .rejected(let reason, let afterLogout):
            sendLocalReply(.rejected(reason, afterLogout: afterLogout))
        }
        return false
    }

    /// Finds the token and says what it is worth.
    private func bearer() -> Bearer {
        let bytes = worker.head.arena
        let arena = bytes.readableBytesUInt8Span
        guard let index = tokenField() else {
            guard let token = request.rareState?.queryToken else { return .anonymous }
            return judge(token.span)
        }
        // Two tokens: whichever is taken, a service behind another reader might take the other.
        guard index >= 0, request.rareState?.queryToken == nil else { return .rejected(.authInvalid) }
        let value = arena.extracting(worker.head.fields[index].value.range)
        guard let token = BearerToken.range(in: value) else {
            // An empty field is no token.
            return value.isEmpty ? .anonymous : .rejected(.authInvalid)
        }
        let bearer = judge(value.extracting(token))
        if case .user = bearer { request.isHeaderTokenGood = true }
        return bearer
    }

    private func judge(_ token: Span<UInt8>) -> Bearer {
        let verdict = worker.verifier.verify(token, now: loop.wallSeconds, client: clientIP)
        if worker.verifier.hasUnknownKeys {
            for issuer in worker.verifier.takeUnknownKeys() { worker.issuerKeys?.keyIsUnknown(issuer) }
        }
        worker.verdicts.count(verdict)
        switch verdict {
        case .valid(let identity):
            switch worker.changes.revocationStatus(of: identity) {
            case .good:
                return worker.isInformed ? .user(identity) : .rejected(.unavailable)
            case .ended(let byUser):
                worker.verdicts.countEnded()
                return .rejected(.authRevoked, afterLogout: byUser)
            case .blocked:
                worker.verdicts.countBlocked()
                return .rejected(.userBlocked)
            }
        case .expired:
            return .rejected(.authExpired)
        case .invalid(.throttled):
            return .rejected(.rateLimited)
        case .invalid:
            return .rejected(.authInvalid)
        }
    }

    /// The client's address behind the trusted proxies.
    private var clientIP: IPAddress? {
        IPAddress(String(decoding: request.clientAddress ?? peer.text, as: UTF8.self))
    }

    /// The index of the field that holds the token; `nil` without one, -1 where there are several.
    private func tokenField() -> Int? {
        let name = worker.settings.fieldNames.tokenField
        guard let first = worker.head.firstIndex(of: name) else { return nil }
        for index in (first + 1)..<max(first + 1, worker.head.fields.count)
        where worker.head.fields[index].known == name && !worker.head.fields[index].isAlias {
            return -1
        }
        return first
    }

    /// Takes token and code out of the query, so that neither reaches a service.
    private func takeQueryCredentials() {
        guard let query = worker.head.query else { return }
        let bytes = worker.head.arena
        let found = QueryCredentials(bytes.readableBytesUInt8Span.extracting(query.range))
        guard found.removesAnything else { return }
        request.withRareState { rareState in
            rareState.queryToken = found.token
            rareState.queryCode = found.code
            rareState.queryAppID = found.appID
        }
        worker.head.replaceQuery(with: found.rest)
    }
}

extension LocalReply {
    /// For a token that does not hold.
    fileprivate static func rejected(_ reason: ErrorCode, afterLogout: Bool) -> LocalReply {
        var reply = LocalReply(reason)
        if reason == .authRevoked, afterLogout { reply.relogin = false }
        return reply
    }
}

import Configuration
import HTTPWire
import NIOCore

/// Phase 3, authenticate: whose request it is, and whether they may ask this route.
enum AuthenticatePhase {
    /// Whose token a request carries.
    private enum Bearer {
        case user(Identity)
        /// No token that holds; why.
        case rejected(ErrorCode, afterLogout: Bool = false)
        /// There is no token at all.
        case anonymous
    }

    /// For a route. Waits where a code is exchanged in place of a token.
    static func run(
        _ route: CompiledRoute,
        _ head: inout RequestHead,
        path: Span<UInt8>,
        _ exchange: Exchange
    ) -> PhaseResult {
        let request = exchange.request
        if route.queryCredentials { takeQueryCredentials(&head, request) }
        switch bearer(head, exchange) {
        case .user(let identity):
            request.identity = identity
            return .proceed
        case .anonymous:
            let login = InPlaceLoginPhase.run(route, head, path: path, rejection: nil, exchange)
            guard case .proceed = login else { return login }
            return route.auth == .optional ? .proceed : .reply(.refusal(.authRequired))
        case .rejected(let reason, let afterLogout):
            // Who logged out wants to stay so.
            if reason.relogin, !afterLogout {
                let login = InPlaceLoginPhase.run(route, head, path: path, rejection: reason, exchange)
                guard case .proceed = login else { return login }
            }
            return .reply(.rejected(reason, afterLogout: afterLogout))
        }
    }

    /// For one of the gateway's own endpoints, which only the holder of a good token may ask.
    static func run(_ head: borrowing RequestHead, _ exchange: Exchange) -> PhaseResult {
        switch bearer(head, exchange) {
        case .user(let identity):
            exchange.request.identity = identity
            return .proceed
        case .anonymous:
            return .reply(.refusal(.authRequired))
        case .rejected(let reason, let afterLogout):
            return .reply(.rejected(reason, afterLogout: afterLogout))
        }
    }

    /// Finds the token and says what it is worth.
    private static func bearer(_ head: borrowing RequestHead, _ exchange: Exchange) -> Bearer {
        let request = exchange.request
        let bytes = head.arena
        let arena = bytes.readableBytesUInt8Span
        guard let index = tokenField(of: head, named: exchange.snapshot.settings.fieldNames.tokenField) else {
            guard let token = request.rareState?.queryToken else { return .anonymous }
            return judge(token.span, exchange)
        }
        // Two tokens: whichever is taken, a service behind another reader might take the other.
        guard index >= 0, request.rareState?.queryToken == nil else { return .rejected(.authInvalid) }
        let value = arena.extracting(head.fields[index].value.range)
        guard let token = BearerToken.range(in: value) else {
            // An empty field is no token.
            return value.isEmpty ? .anonymous : .rejected(.authInvalid)
        }
        let bearer = judge(value.extracting(token), exchange)
        if case .user = bearer { request.isHeaderTokenGood = true }
        return bearer
    }

    private static func judge(_ token: Span<UInt8>, _ exchange: Exchange) -> Bearer {
        let worker = exchange.worker
        let tokens = exchange.snapshot.tokens
        // A proxy's connection carries the tokens of many clients.
        var record = exchange.isPeerTrusted ? SignatureRecord() : exchange.signatureRecord
        // The client's address behind the trusted proxies is parsed only for a signature to verify.
        let verdict = tokens.verifier.verify(
            token,
            now: exchange.loop.wallSeconds,
            client: IPAddress(String(decoding: exchange.request.clientAddress ?? exchange.peer.text, as: UTF8.self)),
            record: &record
        )
        if !exchange.isPeerTrusted {
            exchange.signatureRecord = record
            if record.isSpent { exchange.stream.closeAfterResponse() }
        }
        if tokens.verifier.hasUnknownKeys {
            for issuer in tokens.verifier.takeUnknownKeys() { worker.issuerKeys?.keyIsUnknown(issuer) }
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
        case .invalid(.tooLarge):
            // The next token of the same issuer would be as large: a login is of no use.
            return .rejected(.headersTooLarge)
        case .invalid:
            return .rejected(.authInvalid)
        }
    }

    /// The index of the field that holds the token; `nil` without one, -1 where there are several.
    private static func tokenField(of head: borrowing RequestHead, named name: KnownField) -> Int? {
        guard let first = head.firstIndex(of: name) else { return nil }
        for index in (first + 1)..<max(first + 1, head.fields.count)
        where head.fields[index].known == name && !head.fields[index].isAlias {
            return -1
        }
        return first
    }

    /// Takes token and code out of the query, so that neither reaches a service.
    private static func takeQueryCredentials(_ head: inout RequestHead, _ request: RequestState) {
        guard let query = head.query else { return }
        let bytes = head.arena
        let found = QueryCredentials(bytes.readableBytesUInt8Span.extracting(query.range))
        guard found.removesAnything else { return }
        request.withRareState { rareState in
            rareState.queryToken = found.token
            rareState.queryCode = found.code
            rareState.queryAppID = found.appID
        }
        head.replaceQuery(with: found.rest)
    }
}

extension LocalReply {
    /// For a token that does not hold.
    static func rejected(_ reason: ErrorCode, afterLogout: Bool) -> LocalReply {
        var reply = LocalReply(reason)
        if reason == .authRevoked, afterLogout { reply.relogin = false }
        if reason == .headersTooLarge { reply.message = .fixed("the token is too large") }
        return reply
    }
}

import Configuration
import HTTPWire
import Login
import NIOCore

/// What a route does to requests beyond forwarding them. None of it is entered for a route without rules.
extension ClientConnection {
    // MARK: - Phase 2: other origins, other methods

    /// Answers a preflight (the Fetch standard, section 3.3.2) for the route of the request that is to follow, without a
    /// token: browsers send none. False where this is none, or the route leaves it to the service.
    func answersPreflight(path: Span<UInt8>, hasEmptySegment: Bool) -> Bool {
        guard let wanted = worker.head.firstValue(of: .accessControlRequestMethod),
            let origin = worker.head.firstValue(of: .origin)
        else { return false }
        let bytes = worker.head.arena
        let arena = bytes.readableBytesUInt8Span
        let host = arena.extracting((worker.head.authority ?? .empty).range)
        let match = worker.routes.match(host: host, method: arena.extracting(wanted.range), path: path)
        guard case .route(let index) = match, let cors = worker.routes.routes[index].rules?.cors,
            !hasEmptySegment || worker.routes.routes[index].keepSlashes
        else { return false }
        request.route = index
        let fields = cors.fields(origin: arena.extracting(origin.range), isPreflight: true)
        endConnectionIfDue()
        worker.writeResponseFields(requestID: request.id, hasDate: false)
        worker.extraFields.writeBytes(fields)
        HeadWriter.writeOwnResponseHead(
            into: &worker.outbound,
            status: 204,
            framing: .none,
            connection: connectionToken,
            extra: worker.extraFields
        )
        response.status = 204
        response.code = ResponseState.successCode
        flushOutbound()
        finishResponse()
        return true
    }

    /// Sees to it that every answer to this request, the gateway's own too, says which pages may read it.
    func admitOrigin(by cors: CrossOrigin) {
        let bytes = worker.head.arena
        let arena = bytes.readableBytesUInt8Span
        let fields =
            if let origin = worker.head.firstValue(of: .origin) {
                cors.fields(origin: arena.extracting(origin.range), isPreflight: false)
            } else {
                cors.fields(origin: nil, isPreflight: false)
            }
        request.withRareState { $0.ruled.response = fields }
    }

    /// Puts the method that the client means in the place of the one that it could send, where the route of that method
    /// honours it. False where the request is answered: what is meant as PATCH is not done as POST.
    func takesMethodOverride(path: Span<UInt8>) -> Bool {
        guard worker.head.method == .post, let first = worker.head.firstIndex(of: .xHTTPMethodOverride) else {
            return true
        }
        let bytes = worker.head.arena
        let arena = bytes.readableBytesUInt8Span
        let host = arena.extracting((worker.head.authority ?? .empty).range)
        let value = worker.head.fields[first].value
        let isAlone = !worker.head.fields[(first + 1)...].contains {
            $0.known == .xHTTPMethodOverride && !$0.isAlias
        }
        var meant = RouteMatch.notFound
        if isAlone, let method = OverridingMethod(arena.extracting(value.range)) {
            meant = worker.routes.match(host: host, method: arena.extracting(value.range), path: path)
            if honoursOverride(meant) {
                worker.head.method = method.method
                worker.head.methodName = value
                request.method = method.method
                return true
            }
        }
        let plain = worker.routes.match(
            host: host,
            method: arena.extracting(worker.head.methodName.range),
            path: path
        )
        // Where nobody honours the field, it is one that is taken out, as it always was.
        guard honoursOverride(plain) else { return true }
        switch meant {
        case .route: sendLocalReply(.refusal(.methodNotAllowed, allow: Worker.postMethod))
        case .methodNotAllowed(let index):
            sendLocalReply(.refusal(.methodNotAllowed, allow: worker.routes.allow(index)))
        case .notFound:
            sendLocalReply(.refusal(.badRequest, message: "x-http-method-override is one of PATCH, PUT and DELETE"))
        }
        return false
    }

    private func honoursOverride(_ match: RouteMatch) -> Bool {
        guard case .route(let index) = match else { return false }
        return worker.routes.routes[index].rules?.methodOverride == true
    }

    // MARK: - Phase 4: rates

    /// Counts the request; false where it is one too many, and answered.
    func isWithinLimits() -> Bool {
        guard request.rareState?.ruled.isCounted != true, let limits = worker.rateLimits.of(request.route) else {
            return true
        }
        let network =
            request.clientAddress.map { ClientNetwork(IPAddress(String(decoding: $0, as: UTF8.self))) } ?? peer.network
        let keys = RateLimitKeys(user: request.identity?.userID, app: request.identity?.appID, address: network)
        let outcome = limits.count(keys, now: loop.now)
        request.withRareState { rareState in
            rareState.ruled.isCounted = true
            rareState.ruled.response += outcome.fields
        }
        guard let seconds = outcome.retryAfter else { return true }
        sendLocalReply(.refusal(.rateLimited, retryAfter: seconds))
        return false
    }

    /// Counts a call of a login endpoint for the session of its token; false where it is one too many, and answered. A
    /// token of another issuer is of no session here, and its calls are refused anyway.
    ///
    /// The calls that end the session always come through: each succeeds once, and whoever holds a stolen token is not to
    /// keep the user from logging out by spending the rate.
    func isWithinSessionRate(_ call: Endpoint) -> Bool {
        guard call != .logout, call != .eraseUser, let sessionID = request.identity?.sessionID,
            let seconds = worker.rateLimits.session.refusal(of: sessionID, now: loop.now)
        else { return true }
        sendLocalReply(.refusal(.rateLimited, retryAfter: seconds))
        return false
    }

    // MARK: - Phase 5: fields and paths

    /// Forwards what the rules make of the request.
    func forward(by rules: RouteRules, path: Span<UInt8>) {
        if let upgrade = rules.upgrade { offerUpgrade(by: upgrade) }
        guard writeRuledFields(rules, path: path) else {
            return sendLocalReply(
                .refusal(.badRequest, message: "the request holds bytes that no header field can hold")
            )
        }
        guard let rewrite = rules.rewrite else { return forward(path: path) }
        guard rewrite.apply(to: path, into: &worker.rewrittenPath) else {
            return sendLocalReply(.refusal(.badRequest, message: "the path has an empty segment"))
        }
        let rewritten = worker.rewrittenPath
        forward(path: rewritten.span)
    }

    /// Works out the lines for service and client, as long as all that they may tell is at hand.
    private func writeRuledFields(_ rules: RouteRules, path: Span<UInt8>) -> Bool {
        guard rules.requestHeaders != nil || rules.responseHeaders != nil else { return true }
        var facts = HeaderFacts()
        if let identity = request.identity {
            facts.userID = identity.userID
            facts.openid = identity.openid
            facts.unionid = identity.unionid
            facts.appID = identity.appID
        }
        facts.requestID = request.id
        facts.clientAddress = request.clientAddress ?? peer.text
        var ruled = request.rareState?.ruled ?? RuledFields()
        if let plan = rules.requestHeaders {
            guard let lines = plan.render(facts, path: path) else { return false }
            ruled.request = lines
            // The client's own header decides, whatever the rules make of it.
            noteBalanceKey(of: worker.clusters[serviceIndex])
            let bytes = worker.head.arena
            plan.drop(from: &worker.head.fields, in: bytes.readableBytesUInt8Span)
        }
        if let plan = rules.responseHeaders {
            guard let lines = plan.render(facts, path: path, caching: false),
                let caching = plan.render(facts, path: path, caching: true)
            else { return false }
            ruled.serviceResponse = lines
            ruled.caching = caching
        }
        request.withRareState { $0.ruled = ruled }
        return true
    }
}

/// The methods that a client may mean where it sends POST.
private struct OverridingMethod {
    let method: HTTPMethod

    init?(_ text: Span<UInt8>) {
        if text.isEqual(toLowercase: Self.patch.span) {
            method = .patch
        } else if text.isEqual(toLowercase: Self.put.span) {
            method = .put
        } else if text.isEqual(toLowercase: Self.delete.span) {
            method = .delete
        } else {
            return nil
        }
        // The name goes to the service as it came, and methods are case-sensitive (RFC 9110, section 9.1).
        for index in text.indices where text[index] >= UInt8(ascii: "a") { return nil }
    }

    private static let patch = Array("patch".utf8)
    private static let put = Array("put".utf8)
    private static let delete = Array("delete".utf8)
}

import HTTPWire
import Login
import NIOCore

/// The gateway's own endpoints: health, keys, and those under the login path. Their work is done elsewhere; the reply comes
/// back to the loop.
enum EndpointPhase {
    private static let jwksFields = FieldBlock(
        ("content-type", "application/jwk-set+json"),
        ("cache-control", "public, max-age=300")
    )

    static func run(
        _ endpoint: ReservedPaths.Endpoint,
        _ head: inout RequestHead,
        _ exchange: Exchange
    ) -> PhaseResult {
        let request = exchange.request
        let worker = exchange.worker
        let method = head.method
        request.endpoint = endpoint
        switch endpoint {
        case .live, .ready:
            guard method == .get || method == .head else { return notAllowed(Worker.readMethods) }
            return .reply(endpoint == .live ? .live : .ready(worker.readiness))
        case .jwks:
            guard method == .get || method == .head else { return notAllowed(Worker.readMethods) }
            return .document(LocalDocument(status: 200, fields: jwksFields, body: exchange.snapshot.jwks))
        case .unknownLoginPath:
            return .reply(.refusal(.routeNotFound))
        case .auth(let path):
            guard let call = path.endpoint(for: method) else { return notAllowed(path.allow) }
            return run(call, head, exchange)
        }
    }

    private static func notAllowed(_ methods: [UInt8]) -> PhaseResult {
        .reply(.refusal(.methodNotAllowed, allow: methods))
    }

    /// Reads the body of a call, then makes it. Clients send bodies where none is wanted too (wx.request with DELETE).
    private static func run(_ call: Endpoint, _ head: borrowing RequestHead, _ exchange: Exchange) -> PhaseResult {
        let request = exchange.request
        if let value = head.firstValue(of: .xWxAppID) {
            let bytes = head.arena
            request.requestedAppID = Array(copying: bytes.readableBytesUInt8Span.extracting(value.range))
        }
        request.call = call
        if call.needsToken {
            let known = AuthenticatePhase.run(head, exchange)
            guard case .proceed = known else { return known }
            let counted = LimitPhase.run(call, of: request, exchange.snapshot.rateLimits, now: exchange.loop.now)
            guard case .proceed = counted else { return counted }
        }
        if call == .session {
            // Nobody wants a body here, and what was not read must not be taken for the next request.
            if request.framing != .none, request.framing != .length(0) { exchange.stream.closeAfterResponse() }
            return self.call(exchange)
        }
        switch CallBody.start(of: request.framing) {
        case .none:
            return self.call(exchange)
        case .tooLarge:
            return .reply(.refusal(.bodyTooLarge))
        case .follows:
            exchange.stage = .collecting
            exchange.expect(.body, within: exchange.snapshot.timeouts.body)
            exchange.stream.sendContinue()
            return .waiting
        }
    }

    /// Takes a piece of the body. All of it has to come in the time of one pause: it is small.
    static func receive(_ bytes: ByteBuffer, _ exchange: Exchange) {
        let request = exchange.request
        request.bytesIn += UInt64(bytes.readableBytes)
        if request.callBody.append(bytes) { return }
        exchange.stream.closeAfterResponse()
        LocalReplyPhase.send(.refusal(.bodyTooLarge), exchange)
    }

    /// Makes the call; its reply ends the request.
    static func call(_ exchange: Exchange) -> PhaseResult {
        let request = exchange.request
        let worker = exchange.worker
        guard let endpoint = request.call else { return .reply(.refusal(.internalFault)) }
        // The endpoints have time-outs of their own; this one is for a disk that hangs.
        exchange.expect(.endpoint, within: GatewaySettings.endpointTimeout)
        exchange.stage = .calling
        let body = request.callBody.take()
        let holder = request.identity.flatMap { SessionHolder($0, facts: worker.changes.facts(of: $0)) }
        // A token of another issuer opens routes; it is of no session here.
        guard !endpoint.needsToken || holder != nil else { return .reply(.refusal(.forbidden)) }
        let call = EndpointRequest(
            endpoint: endpoint,
            body: body,
            appID: request.requestedAppID.map { String(decoding: $0, as: UTF8.self) },
            clientAddress: request.clientAddress ?? exchange.peer.text,
            holder: holder
        )
        let bound = NIOLoopBound(exchange, eventLoop: exchange.loop.eventLoop)
        let eventLoop = exchange.loop.eventLoop
        let generation = exchange.generation
        exchange.snapshot.endpoints.perform(call) { reply in
            eventLoop.execute {
                let exchange = bound.value
                exchange.loop.run { replied(reply, generation: generation, exchange) }
            }
        }
        return .waiting
    }

    /// The reply to a call; nothing happens where it comes for a request that is over.
    static func replied(_ reply: EndpointReply, generation: UInt64, _ exchange: Exchange) {
        let request = exchange.request
        guard request.isActive, exchange.generation == generation, exchange.stage == .calling else { return }
        request.loggedIn = reply.userID.map { Array($0.utf8) }
        LocalReplyPhase.send(LocalReply(reply, to: request.call), exchange)
    }
}

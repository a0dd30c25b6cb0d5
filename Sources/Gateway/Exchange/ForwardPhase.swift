import Configuration
import HTTPWire
import NIOCore

/// Phases 4 and 5, limit and forward: how much may come, and the request's way to its service.
enum ForwardPhase {
    private static let chunkEnd = ByteBuffer(string: "\r\n")
    private static let lastChunk = ByteBuffer(string: "0\r\n\r\n")

    /// Chooses a target and sends the head, at once where an idle connection is there.
    static func run(
        _ head: borrowing RequestHead,
        path: Span<UInt8>,
        _ route: CompiledRoute,
        _ exchange: Exchange
    ) -> PhaseResult {
        let request = exchange.request
        request.bodyLimit = route.bodyLimit
        if case .length(let count) = request.framing, count > request.bodyLimit {
            return .reply(.refusal(.bodyTooLarge))
        }
        if route.cluster.configuration.connections != nil, awaitsBody(head, path: path, exchange) { return .waiting }
        var identityToken: [UInt8]?
        if route.wantsIdentityToken, let identity = request.identity {
            identityToken = exchange.snapshot.identityTokens?.signer.field(
                for: identity,
                service: route.serviceIndex,
                now: exchange.loop.wallSeconds
            )
            // Without its proof the request must not go out.
            guard identityToken != nil else { return .reply(.refusal(.internalFault)) }
        }
        let cluster = route.cluster
        BalanceKey.note(head, of: cluster, request, exchange.peer)
        let target: UpstreamTarget
        do throws(ServiceFault) {
            target = try Attempts.first(of: cluster, route, exchange)
        } catch {
            return failure(error, exchange)
        }
        // One whose protocol changes is not given back, so it is not taken from those that can serve others.
        let mustBeNew = request.rareState?.upgrade != nil
        switch cluster.acquire(target, for: exchange, mustBeNew: mustBeNew, timeout: route.timeouts.connect) {
        case .idle(let connection):
            ServiceHead.write(
                head,
                path: path,
                route,
                to: target,
                identityToken: identityToken,
                exchange,
                into: &connection.outboundHead
            )
            use(connection, isUsed: true, exchange)
            return .waiting
        case .connecting:
            exchange.expectNothing()
        case .waiting:
            Attempts.waitInQueue(exchange, timeout: route.timeouts.connect)
        case .refused:
            return failure(cluster.refuseByLimit(), exchange)
        }
        ServiceHead.write(
            head,
            path: path,
            route,
            to: target,
            identityToken: identityToken,
            exchange,
            into: &request.waitingHead
        )
        return .waiting
    }

    /// So much of a body is awaited before one of a few connections is taken for it.
    private static let awaitedSize = 4 * 1024

    /// Puts a request to a service with a limit of connections aside whose body is not here yet: who sends a head, and then
    /// its body slowly, is not to have such a connection meanwhile.
    ///
    /// - Returns: whether it waits.
    private static func awaitsBody(
        _ head: borrowing RequestHead,
        path: Span<UInt8>,
        _ exchange: Exchange
    ) -> Bool {
        guard exchange.stream.heldInput < awaitedCount(of: exchange.request.framing) else { return false }
        Hold.begin(exchange, head, path: path, .body, within: exchange.snapshot.settings.clientTimeouts.body)
        exchange.stream.sendContinue()
        return true
    }

    /// Bytes of the body, framing included, that are awaited: all of a small one, the beginning of any other.
    private static func awaitedCount(of framing: BodyFraming) -> Int {
        switch framing {
        case .none: 0
        case .length(let count): Int(min(count, UInt64(awaitedSize)))
        case .chunked, .untilClose: 1
        }
    }

    /// Goes on with a request that waits for its body, once enough of it is here.
    ///
    /// - Returns: false where it is not.
    static func goOn(with count: Int, _ exchange: Exchange) -> Bool {
        guard count >= awaitedCount(of: exchange.request.framing) else { return false }
        Hold.resume(exchange, exchange.holds) { exchange, head, path in
            guard let route = exchange.request.route else { return .reply(.refusal(.internalFault)) }
            return run(head, path: path, route, exchange)
        }
        return true
    }

    private static func failure(_ fault: ServiceFault, _ exchange: Exchange) -> PhaseResult {
        exchange.response.cause = fault.cause
        _ = exchange.request.machine.abandon()
        return .reply(.failure(fault))
    }

    /// Sends the head on a connection that stands, and the body as far as it is here.
    static func use(_ connection: ServiceConnection, isUsed: Bool, _ exchange: Exchange) {
        let request = exchange.request
        guard request.machine.connected(used: isUsed) == .send, let route = request.route else {
            return connection.close()
        }
        exchange.service = connection
        connection.begin(exchange, method: request.method)
        if request.rareState?.upgrade != nil { connection.prepareForTunnel() }
        connection.writeHead()
        if let sent = request.attempt.replay?.bytes, sent.readableBytes > 0 { connection.write(sent) }
        request.usedConnection = isUsed
        if request.machine.request == .complete {
            exchange.expect(.firstByte, within: route.timeouts.firstByte)
            connection.flush()
            return
        }
        if request.machine.sends == 1 { exchange.stream.sendContinue() }
        exchange.expect(.body, within: exchange.snapshot.settings.clientTimeouts.body)
        // Goes on with the body, which flushes.
        exchange.stream.resumeReading()
    }

    // MARK: - The body

    /// Passes a piece of the body on.
    static func receive(_ bytes: ByteBuffer, _ exchange: Exchange) {
        guard let service = exchange.service else { return }
        let request = exchange.request
        let count = bytes.readableBytes
        let total = request.bytesIn + UInt64(count)
        request.bytesIn = total
        if total > request.bodyLimit {
            exchange.stream.closeAfterResponse()
            return exchange.giveUp(.refusal(.bodyTooLarge))
        }
        if case .chunked = request.framing {
            var head = ByteBuffer()
            ChunkedEncoder.writeChunkHead(count: count, into: &head)
            send(head, to: service, request)
            send(bytes, to: service, request)
            send(chunkEnd, to: service, request)
        } else {
            send(bytes, to: service, request)
        }
        // Once the service responds, the progress of its response is watched.
        if request.machine.service == .waiting { exchange.expectMoreBody(after: count) }
    }

    /// All that was read was passed on. The next piece is the client's to send, or waits for a service that reads slowly.
    static func receivePaused(_ exchange: Exchange) {
        guard let service = exchange.service, let route = exchange.request.route else { return }
        service.flush()
        if exchange.wait == .body, !service.isWritable {
            exchange.expect(.serviceStall, within: route.timeouts.idle)
        }
    }

    /// The body is complete.
    static func receiveEnd(_ exchange: Exchange) {
        guard let service = exchange.service, let route = exchange.request.route else { return }
        let request = exchange.request
        if case .chunked = request.framing { send(lastChunk, to: service, request) }
        request.machine.requestEnded()
        if request.machine.service == .waiting {
            exchange.expect(.firstByte, within: route.timeouts.firstByte)
        }
        service.flush()
    }

    /// Hands a piece of the body over, and keeps it where it may have to be sent again.
    private static func send(_ bytes: ByteBuffer, to service: ServiceConnection, _ request: RequestState) {
        service.write(bytes)
        if request.attempt.replay != nil { request.attempt.replay?.append(bytes) }
    }
}

import Configuration
import HTTPWire
import NIOCore

/// Phases 4 and 5, limit and forward: how much may come, and the request's way to its service.
extension ClientConnection {
    private static let chunkEnd = ByteBuffer(string: "\r\n")
    private static let lastChunk = ByteBuffer(string: "0\r\n\r\n")
    private static let continueResponse = ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")

    /// Asks a client for the body that it waits with (RFC 9110 section 10.1.1).
    func sendContinue() {
        write(ClientConnection.continueResponse)
        flushWritten()
    }

    func forward(path: Span<UInt8>) {
        let route = worker.routes.routes[request.route]
        request.bodyLimit = route.bodyLimit
        if case .length(let count) = request.framing, count > request.bodyLimit {
            return sendLocalReply(.refusal(.bodyTooLarge))
        }
        worker.identityToken = nil
        if worker.settings.identityTokenServices[route.serviceIndex], let identity = request.identity {
            worker.identityToken = worker.identityTokens?.field(
                for: identity,
                service: route.serviceIndex,
                now: loop.wallSeconds
            )
            // Without its proof the request must not go out.
            guard worker.identityToken != nil else { return sendLocalReply(.refusal(.internalFault)) }
        }
        let cluster = worker.clusters[route.serviceIndex]
        guard let target = firstTarget(of: cluster, route) else { return }
        // One whose protocol changes is not given back, so it is not taken from those that can serve others.
        let mustBeNew = request.rareState?.upgrade != nil
        switch cluster.acquire(target, for: self, mustBeNew: mustBeNew, timeout: route.timeouts.connect) {
        case .idle(let connection):
            writeServiceHead(into: &connection.outboundHead, path: path, route: route)
            use(connection, isUsed: true)
        case .connecting:
            holdServiceHead(path: path, route: route)
            expectNothing()
        case .waiting:
            holdServiceHead(path: path, route: route)
            waitInQueue(timeout: route.timeouts.connect)
        case .refused:
            refuseForFullQueue(cluster)
        }
    }

    private func holdServiceHead(path: Span<UInt8>, route: CompiledRoute) {
        var head = ByteBuffer()
        writeServiceHead(into: &head, path: path, route: route)
        request.waitingHead = head
    }

    private func writeServiceHead(
        into buffer: inout ByteBuffer,
        path: Span<UInt8>,
        route: CompiledRoute
    ) {
        buffer.clear()
        worker.writeForwardingFields(peer: peer, requestID: request.id)
        guard let target = request.target else { return }
        if route.success == .wrap {
            // A coded or partial body cannot be wrapped.
            worker.extraFields.writeStaticString("accept-encoding: identity\r\n")
        }
        if let token = worker.identityToken {
            worker.extraFields.writeStaticString("x-identity-token: ")
            worker.extraFields.writeBytes(token)
            worker.extraFields.writeStaticString("\r\n")
        }
        if let phone = request.rareState?.phone {
            worker.extraFields.writeStaticString("x-user-phone: ")
            worker.extraFields.writeBytes(phone)
            worker.extraFields.writeStaticString("\r\n")
        }
        if let lines = request.rareState?.ruled.request { worker.extraFields.writeBytes(lines) }
        if let offer = request.rareState?.upgrade { writeUpgradeFields(offer) }
        let host = target.address.authority
        let identity = request.identity
        let identityText = identity?.text ?? []
        HeadWriter.writeRequestHead(
            into: &buffer,
            from: worker.head,
            target: path,
            host: host.span,
            policy: worker.settings.policy(
                isTrusted: peer.isTrusted,
                // A token that nobody vouches for must not look as if the gateway did.
                keepsToken: route.forwardToken && (request.isHeaderTokenGood || route.auth == .none),
                wraps: route.success == .wrap
            ),
            identity: identityText.span.bytes.extracting(0..<(identity?.serviceFieldsCount ?? 0)),
            extra: worker.extraFields,
            framing: request.framing
        )
    }

    /// Sends the head on a connection that stands, and the body as far as it is here.
    func use(_ connection: ServiceConnection, isUsed: Bool) {
        guard request.machine.connected(used: isUsed) == .send else { return connection.close() }
        service = connection
        connection.begin(self, method: request.method)
        if request.rareState?.upgrade != nil { connection.prepareForTunnel() }
        connection.writeHead()
        if let sent = request.attempt.replay?.bytes, sent.readableBytes > 0 { connection.write(sent) }
        request.usedConnection = isUsed
        if request.machine.request == .complete {
            expect(.firstByte, within: timeouts.firstByte)
            connection.flush()
            return
        }
        if request.expectsContinue, inbound.readableBytes == 0, request.machine.sends == 1 {
            sendContinue()
        }
        expect(.body, within: worker.settings.bodyTimeout)
        // Goes on with the body, which flushes, unless that is what is running already.
        process()
    }

    var serviceIndex: Int { worker.routes.routes[request.route].serviceIndex }
    var timeouts: CompiledRoute.Timeouts { worker.routes.routes[request.route].timeouts }

    /// Passes on what has come of the body. False where more has to come first.
    func forwardBody() -> Bool {
        guard let service else { return false }
        switch body.next(&inbound) {
        case .data(let bytes):
            let count = bytes.readableBytes
            request.bytesIn += UInt64(count)
            if request.bytesIn > request.bodyLimit {
                refuseMidBody(.refusal(.bodyTooLarge))
                return true
            }
            if request.framing == .chunked {
                var head = ByteBuffer()
                ChunkedEncoder.writeChunkHead(count: count, into: &head)
                sendBody(head, service)
                sendBody(bytes, service)
                sendBody(ClientConnection.chunkEnd, service)
            } else {
                sendBody(bytes, service)
            }
            // Once the service answers, its answer's progress is what is watched.
            if request.machine.service == .waiting {
                if service.isWritable {
                    expect(.body, within: worker.settings.bodyTimeout)
                } else {
                    expect(.serviceStall, within: timeouts.idle)
                }
            }
            return true
        case .needMore:
            service.flush()
            return false
        case .end:
            if request.framing == .chunked {
                sendBody(ClientConnection.lastChunk, service)
            }
            request.machine.requestEnded()
            phase = .response
            if request.machine.service == .waiting {
                expect(.firstByte, within: timeouts.firstByte)
            }
            // Last: a write that fails ends the exchange before it returns.
            service.flush()
            return true
        case .fault(let fault):
            refuseMidBody(.refusal(fault))
            return true
        }
    }

    /// Hands a piece of the body over, and keeps it where it may have to be sent again.
    private func sendBody(_ bytes: ByteBuffer, _ service: ServiceConnection) {
        service.write(bytes)
        if request.attempt.replay != nil { request.attempt.replay?.append(bytes) }
    }

    /// Ends an exchange whose request turned out bad while it was sent.
    private func refuseMidBody(_ refusal: LocalReply) {
        request.keepAlive = false
        giveUp(refusal)
    }

    /// Answers for a service that gave no answer, or none that can be passed on.
    func sendLocalReply(because fault: ServiceFault) {
        response.cause = fault.cause
        sendLocalReply(.failure(fault))
    }

    /// Ends the exchange for what the service did or did not do.
    func giveUp(because fault: ServiceFault) {
        response.cause = fault.cause
        giveUp(.failure(fault))
    }

    /// Ends the exchange with the service and answers the client, or cuts it off where an answer has begun.
    func giveUp(_ refusal: LocalReply) {
        let canReply = request.machine.abandon()
        closeService()
        if canReply {
            sendLocalReply(refusal)
        } else {
            flushOutbound()
            record(.reset)
            reset()
        }
    }

    /// Ends the connection to the service together with whatever it was doing.
    func closeService() {
        let connection = service
        service = nil
        connection?.close()
    }
}

import HTTPWire
import Login
import NIOCore
import Sessions

/// The gateway's own endpoints under the login path. Their work is done elsewhere; the answer comes back to the loop.
extension ClientConnection {
    /// Contract, section 4: 64 KiB are more than any login needs.
    private static let endpointBodyLimit = 64 * 1024

    /// Reads the body of a call, then makes it. Clients send bodies where none is wanted too (wx.request with DELETE).
    func collectBody(for call: GatewayCall) {
        request.call = call
        request.bodyLimit = UInt64(ClientConnection.endpointBodyLimit)
        switch request.framing {
        case .none:
            makeCall()
        case .length(let count) where count > request.bodyLimit:
            sendLocalReply(.refusal(.bodyTooLarge))
        case .length, .chunked, .untilClose:
            phase = .body(.endpoint)
            expect(.body, within: worker.settings.bodyTimeout)
            if request.expectsContinue, inbound.readableBytes == 0 {
                sendContinue()
            }
        }
    }

    func callWithoutBody(_ call: GatewayCall) {
        request.call = call
        // Nobody wants a body here, and what was not read must not be taken for the next request.
        if request.framing != .none, request.framing != .length(0) { request.keepAlive = false }
        makeCall()
    }

    /// Takes what has come of the body. False where more has to come first.
    func collectBody() -> Bool {
        switch body.next(&inbound) {
        case .data(let bytes):
            request.bytesIn += UInt64(bytes.readableBytes)
            if request.bytesIn > request.bodyLimit {
                request.keepAlive = false
                sendLocalReply(.refusal(.bodyTooLarge))
                return true
            }
            request.collected.append(contentsOf: bytes.readableBytesView)
            expect(.body, within: worker.settings.bodyTimeout)
            return true
        case .needMore:
            return false
        case .end:
            phase = .response
            makeCall()
            return true
        case .fault(let fault):
            request.keepAlive = false
            sendLocalReply(.refusal(fault))
            return true
        }
    }

    private func makeCall() {
        // The endpoints have time-outs of their own; this one is for a disk that hangs.
        expect(.endpoint, within: GatewaySettings.endpointTimeout)
        phase = .response
        let reply = replyPort()
        let body = request.collected
        request.collected = []
        switch request.call {
        case .auth(let endpoint):
            let holder = request.identity.flatMap { SessionHolder($0, facts: worker.changes.facts(of: $0)) }
            // A token of another issuer opens routes; it is of no session here.
            guard !endpoint.needsToken || holder != nil else { return sendLocalReply(.refusal(.forbidden)) }
            let call = EndpointRequest(
                endpoint: endpoint,
                body: body,
                appID: request.requestedAppID.map { String(decoding: $0, as: UTF8.self) },
                clientAddress: request.clientAddress ?? peer.text,
                holder: holder
            )
            worker.endpoints.perform(call) { reply.deliver($0) }
        case .admin(let call):
            if request.rareState?.wantsNoContent == true, !AdminGate.holdsNothing(body) {
                return sendLocalReply(
                    .refusal(.badRequest, message: "a body has to come as content-type: application/json")
                )
            }
            worker.endpoints.admin(AdminRequest(call, body: body)) { reply.deliver($0) }
        case nil:
            sendLocalReply(.refusal(.internalFault))
        }
    }

    private func replyPort() -> ReplyPort {
        ReplyPort(
            connection: NIOLoopBound(self, eventLoop: loop.eventLoop),
            eventLoop: loop.eventLoop,
            generation: generation
        )
    }

    /// Takes an endpoint's reply on the loop.
    fileprivate func endpointReplied(_ reply: EndpointReply, generation: UInt64) {
        guard request.isActive, self.generation == generation, phase == .response else { return }
        loop.updateClock()
        request.loggedIn = reply.userID.map { Array($0.utf8) }
        sendLocalReply(LocalReply(reply, to: request.call))
    }

    /// Carries a reply from whichever thread made it back to the connection's loop.
    private struct ReplyPort: Sendable {
        let connection: NIOLoopBound<ClientConnection>
        let eventLoop: any EventLoop
        let generation: UInt64

        func deliver(_ reply: EndpointReply) {
            eventLoop.execute {
                connection.value.endpointReplied(reply, generation: generation)
            }
        }
    }
}

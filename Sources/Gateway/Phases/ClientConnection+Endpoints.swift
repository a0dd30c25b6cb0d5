import HTTPWire
import Login
import NIOCore
import Sessions

/// The gateway's own endpoints under the login path. Their work is done elsewhere; the answer comes back to the loop.
extension ClientConnection {
    /// Contract, section 4: 64 KiB are more than any login needs.
    private static let endpointBodyLimit = 64 * 1024

    /// Reads the body of a call to an endpoint.
    func beginEndpointBody() {
        request.bodyLimit = UInt64(ClientConnection.endpointBodyLimit)
        switch request.framing {
        case .none:
            callLogin()
        case .length(let count) where count > request.bodyLimit:
            answer(.refusal(.bodyTooLarge))
        case .length, .chunked, .untilClose:
            phase = .body(.endpoint)
            expect(.body, within: worker.settings.bodyTimeout)
            if request.expectsContinue, inbound.readableBytes == 0 {
                context?.writeAndFlush(NIOAny(ClientConnection.continueResponse), promise: nil)
            }
        }
    }

    /// Takes what has come of the body. False where more has to come first.
    func collectBody() -> Bool {
        switch body.next(&inbound) {
        case .data(let bytes):
            request.bytesIn += UInt64(bytes.readableBytes)
            if request.bytesIn > request.bodyLimit {
                request.keepAlive = false
                answer(.refusal(.bodyTooLarge))
                return true
            }
            request.collected.append(contentsOf: bytes.readableBytesView)
            expect(.body, within: worker.settings.bodyTimeout)
            return true
        case .needMore:
            return false
        case .end:
            phase = .answer
            callLogin()
            return true
        case .fault(let fault):
            request.keepAlive = false
            answer(.refusal(fault))
            return true
        }
    }

    private func callLogin() {
        perform(
            EndpointRequest(
                endpoint: .login,
                body: request.collected,
                appID: nil,
                clientAddress: request.clientAddress ?? peer.text,
                holder: nil
            )
        )
        request.collected = []
    }

    func readSession() {
        guard let identity = request.identity, let appID = identity.appID, let sessionID = identity.sessionID else {
            return answer(.refusal(.authRequired))
        }
        // Nobody wants a body here, and what was not read must not be taken for the next request.
        if request.framing != .none, request.framing != .length(0) { request.keepAlive = false }
        let app = String(decoding: appID, as: UTF8.self)
        let userID = String(decoding: identity.userID, as: UTF8.self)
        let holder = SessionHolder(
            user: identity.openid.map { UserKey(appID: app, openid: String(decoding: $0, as: UTF8.self)) }
                ?? UserKey(appID: app, elsewhere: userID),
            userID: userID,
            unionid: identity.unionid.map { String(decoding: $0, as: UTF8.self) },
            sessionID: String(decoding: sessionID, as: UTF8.self),
            facts: [],
            tokenExpiry: identity.expiresAt
        )
        perform(
            EndpointRequest(
                endpoint: .session,
                body: [],
                appID: nil,
                clientAddress: request.clientAddress ?? peer.text,
                holder: holder
            )
        )
    }

    private func perform(_ call: EndpointRequest) {
        waitForEndpoint()
        let reply = replyPort()
        worker.endpoints.perform(call) { reply.deliver($0) }
    }

    /// The endpoints have time-outs of their own; this one is for a disk that hangs.
    private func waitForEndpoint() {
        expect(.endpoint, within: GatewaySettings.endpointTimeout)
        phase = .answer
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
        guard request.isActive, self.generation == generation, phase == .answer else { return }
        loop.updateClock()
        request.loggedIn = reply.userID.map { Array($0.utf8) }
        answer(GatewayAnswer(reply))
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

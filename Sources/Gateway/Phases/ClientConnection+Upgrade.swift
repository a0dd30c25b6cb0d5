import HTTPWire
import NIOCore

/// From a request to a tunnel: what is offered to the service, and what is made of its 101.
extension ClientConnection {
    /// Takes the client's wish for another protocol along, as far as the route allows it.
    func offerUpgrade(by rules: UpgradeRules) {
        guard let offer = UpgradeOffer(worker.head, allowed: rules.protocols) else { return }
        request.withRareState { $0.upgrade = offer }
    }

    /// Writes what is offered into the fields for the service.
    func writeUpgradeFields(_ offer: UpgradeOffer) {
        worker.extraFields.writeStaticString("connection: upgrade\r\nupgrade: ")
        for (index, name) in offer.protocols.enumerated() {
            if index > 0 { worker.extraFields.writeStaticString(", ") }
            worker.extraFields.writeBytes(name)
        }
        worker.extraFields.writeStaticString("\r\n")
    }

    /// The service changes the protocol; false where it was not asked to, or not to this one.
    func serviceSwitched(_ head: borrowing ResponseHead) -> Bool {
        let route = worker.routes.routes[request.route]
        guard phase == .response, request.machine.service == .waiting, let rules = route.rules?.upgrade,
            let name = request.rareState?.upgrade?.accepted(by: head)
        else { return false }
        recordOutcome(.status(head.status))
        request.machine.responseBegan(capture: false, reusable: false)
        response.status = head.status
        response.serviceStatus = head.status
        response.firstByteAt = loop.now
        if let changes = route.rules, changes.changesResponses {
            var changed = copy head
            changes.change(&changed)
            writeSwitch(changed, to: name)
        } else {
            writeSwitch(head, to: name)
        }
        // A write that failed has ended the connection, and with it the request.
        guard phase == .response else { return true }
        beginTunnel(to: name, rules)
        return true
    }

    private func writeSwitch(_ head: borrowing ResponseHead, to name: [UInt8]) {
        worker.writeResponseFields(requestID: request.id, hasDate: true)
        worker.extraFields.writeStaticString("connection: upgrade\r\nupgrade: ")
        worker.extraFields.writeBytes(name)
        worker.extraFields.writeStaticString("\r\n")
        var policy = ResponseFieldPolicy.passed
        if let rareState = request.rareState {
            worker.writeRuledFields(rareState.ruled, caching: rareState.newToken == nil)
            if let token = rareState.newToken {
                worker.extraFields.writeBytes(token.fields)
                policy = .passedWithToken
            }
        }
        HeadWriter.writeResponseHead(
            into: &worker.outbound,
            from: head,
            status: head.status,
            policy: policy,
            framing: .none,
            connection: .none,
            extra: worker.extraFields
        )
        flushOutbound()
    }

    private func beginTunnel(to name: [UInt8], _ rules: UpgradeRules) {
        let token = request.rareState?.newToken
        let endsAt = request.identity.map { identity in
            // Who was given a new token with this answer may stay as long as that one is good.
            max(identity.expiresAt, token.map { loop.wallSeconds + $0.expiresIn } ?? 0)
        }
        let tunnel = Tunnel(
            isWebSocket: name == UpgradeOffer.webSocket,
            rules: rules,
            tokenEndsAt: rules.endsWithToken ? endsAt : nil,
            now: loop.now
        )
        self.tunnel = tunnel
        phase = .tunnel
        // The request has its answer; how long what follows may take is the tunnel's own matter.
        request.endsBy = .max
        request.rareState = nil
        context?.channel.configureForTunnel()
        worker.tunnels[ObjectIdentifier(self)] = self
        scheduleTunnelDeadline(tunnel)
        if worker.isDraining {
            endTunnel(because: .stopping)
        } else {
            endTunnelIfRevoked()
        }
        // What the client sent behind its handshake has waited for this.
        process()
    }
}

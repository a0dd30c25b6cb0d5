import HTTPWire
import NIOCore

/// From a request to a tunnel: what is offered to the service, and what is made of its 101 (RFC 9110 section 7.8).
enum UpgradePhase {
    /// Takes the client's wish for another protocol along, as far as the route allows it.
    static func offer(_ head: borrowing RequestHead, by rules: UpgradeRules, _ request: RequestState) {
        guard let offer = UpgradeOffer(head, allowed: rules.protocols) else { return }
        request.withRareState { $0.upgrade = offer }
    }

    /// Writes what is offered into the fields for the service.
    static func write(_ offer: UpgradeOffer, into fields: inout FieldBlock) {
        fields.append("connection", "upgrade")
        fields.append("upgrade") { value in
            for (index, name) in offer.protocols.enumerated() {
                if index > 0 { value.writeStaticString(", ") }
                value.writeBytes(name)
            }
        }
    }

    /// The service changes the protocol; false where it was not asked to, or not to this one.
    static func run(_ head: borrowing ResponseHead, _ exchange: Exchange) -> Bool {
        let request = exchange.request
        let response = exchange.response
        guard request.isActive, request.machine.request == .complete, request.machine.service == .waiting,
            let rules = request.route?.rules, let upgrade = rules.upgrade,
            let name = request.rareState?.upgrade?.accepted(by: head), let service = exchange.service,
            let target = request.target
        else { return false }
        Attempts.recordOutcome(.status(head.status), exchange)
        request.machine.responseBegan(capture: false, reusable: false)
        response.status = head.status
        response.serviceStatus = head.status
        response.firstByteAt = exchange.loop.now
        if rules.changesResponses {
            var changed = copy head
            rules.change(&changed)
            sendSwitch(changed, to: name, exchange)
        } else {
            sendSwitch(head, to: name, exchange)
        }
        // Of a client that is gone an event tells, which ends the request.
        guard exchange.stream.flush() else {
            exchange.stage = .responded
            return true
        }
        startTunnel(to: name, upgrade, service, target, exchange)
        return true
    }

    private static func sendSwitch(_ head: borrowing ResponseHead, to name: [UInt8], _ exchange: Exchange) {
        let worker = exchange.worker
        worker.writeResponseFields(requestID: exchange.request.id, hasDate: true)
        worker.extraFields.append("connection", "upgrade")
        worker.extraFields.append("upgrade", name.span)
        var policy = ResponseFieldPolicy.passed
        if let rareState = exchange.request.rareState {
            worker.writeRuledFields(rareState.ruled, caching: rareState.newToken == nil)
            if let token = rareState.newToken {
                worker.extraFields.append(token.fields)
                policy = .passedWithToken
            }
        }
        exchange.stream.sendInformational(head, policy: policy, fields: worker.extraFields)
    }

    /// Hands both connections over to a tunnel, which takes what it needs of the request.
    private static func startTunnel(
        to name: [UInt8],
        _ rules: UpgradeRules,
        _ service: ServiceConnection,
        _ target: UpstreamTarget,
        _ exchange: Exchange
    ) {
        let request = exchange.request
        let worker = exchange.worker
        let token = request.rareState?.newToken
        let endsAt = request.identity.map { identity in
            // Who was given a new token with this answer may stay as long as that one is good.
            max(identity.expiresAt, token.map { exchange.loop.wallSeconds + $0.expiresIn } ?? 0)
        }
        let tunnel = ClientTunnel(
            shared: worker.clients,
            service: service,
            isWebSocket: name == UpgradeOffer.webSocket,
            rules: rules,
            origin: ClientTunnel.Origin(
                identity: request.identity,
                tokenEndsAt: rules.endsWithToken ? endsAt : nil,
                startedAt: request.startedAt,
                record: RecordPhase.record(of: exchange, .tunnel),
                ended: { record in
                    target.active -= 1
                    worker.log.write(record)
                }
            )
        )
        exchange.handOver()
        exchange.stream.startTunnel(tunnel)
        tunnel.endIfRevoked(by: worker.changes)
    }
}

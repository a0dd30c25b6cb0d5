import HTTPWire
import NIOCore

/// What the service does.
extension Exchange: UpstreamResponseHandler {
    var isRequestSent: Bool { request.machine.request == .complete }

    func serviceConnecting() {
        request.attempt.isWaiting = false
        expectNothing()
    }

    func serviceConnected(_ connection: ServiceConnection) {
        // The request may have ended while the connection was made: the connection serves another one then.
        guard request.isActive, request.machine.service == .connecting, request.target === connection.target else {
            return connection.park()
        }
        request.attempt.isWaiting = false
        loop.updateClock()
        let isUsed = connection.wasIdle
        if !isUsed { request.connectedAt = loop.now }
        swap(&connection.outboundHead, &request.waitingHead)
        ForwardPhase.use(connection, isUsed: isUsed, self)
    }

    func serviceConnectFailed(_ fault: ServiceFault, at target: UpstreamTarget) {
        guard request.isActive, request.machine.service == .connecting, request.target === target else { return }
        loop.updateClock()
        Attempts.connectFailed(fault, at: target, self)
    }

    func serviceInformed(_ head: borrowing ResponseHead) {
        stream.sendInformational(head, policy: .pass, fields: ClientContext.noFields)
        stream.flush()
    }

    func serviceSwitched(_ head: borrowing ResponseHead) -> Bool {
        UpgradePhase.run(head, self)
    }

    func serviceResponded(_ head: borrowing ResponseHead) {
        guard let route = request.route else { return }
        Attempts.recordOutcome(.status(head.status), self)
        if head.status >= 400, Attempts.dropsResponse(status: head.status, self) { return }
        guard let rules = route.rules, rules.changesResponses else { return RespondPhase.begin(head, route, self) }
        var changed = copy head
        rules.change(&changed)
        RespondPhase.begin(changed, route, self)
    }

    func serviceSent(_ bytes: ByteBuffer) {
        RespondPhase.receive(bytes, self)
    }

    func serviceEnded() {
        RespondPhase.receiveEnd(self)
    }

    func servicePaused() {
        stream.flush()
    }

    func serviceFailed(_ fault: ServiceFault) {
        Attempts.serviceFailed(fault, self)
    }

    func serviceWritabilityChanged(_ isWritable: Bool) {
        guard isWritable, request.isActive, stage == .forwarding, request.machine.request == .open else { return }
        if request.machine.service == .waiting { expect(.body, within: snapshot.timeouts.body) }
        stream.resumeReading()
    }
}

import Configuration
import HTTPWire
import NIOCore

/// A request's tries at targets: the first, the next where one failed, and what each says of its target.
extension ClientConnection {
    /// Chooses the target that gets the request first; nil where none may have it, and the client was told so.
    func firstTarget(of group: ServiceGroup, _ route: CompiledRoute) -> UpstreamTarget? {
        group.countRequest()
        if route.timeouts.request < .max {
            let (end, overflow) = request.startedAt.addingReportingOverflow(route.timeouts.request)
            request.endsBy = overflow ? .max : end
        }
        noteBalanceKey(of: group)
        guard let target = group.target(key: request.attempt.key, tried: TargetSet()) else {
            group.counters.refusedAllDown &+= 1
            answer(because: .noTarget)
            return nil
        }
        guard begin(target, of: group) else { return nil }
        let hasBody = request.framing != .none
        request.machine = ExchangeMachine(method: request.method, hasBody: hasBody, sendLimit: group.sendLimit)
        if hasBody, group.sendLimit > 1, request.method.isIdempotent { request.attempt.replay = ReplayBuffer() }
        return target
    }

    /// Makes the target the request's own; false where the breaker refuses, and the client was told so.
    private func begin(_ target: UpstreamTarget, of group: ServiceGroup) -> Bool {
        switch group.admit() {
        case .pass: request.attempt.isProbe = false
        case .probe: request.attempt.isProbe = true
        case .refuse(let seconds):
            group.counters.refusedByBreaker &+= 1
            giveUp(because: .refused(retryAfter: seconds))
            return false
        }
        request.target = target
        request.attempt.startedAt = loop.now
        request.attempt.tried.insert(target.index)
        request.attempt.unseen.remove(target.index)
        request.attempt.isActive = true
        request.attempt.isOpen = true
        target.active += 1
        target.counters.requests &+= 1
        return true
    }

    /// Works out what a balance by hash goes by, unless that was done before a rule took the header away.
    func noteBalanceKey(of group: ServiceGroup) {
        guard group.isHashed, request.attempt.key == nil, case .hash(let key) = group.balance else { return }
        request.attempt.key = balanceKey(key, of: group)
    }

    /// What a balance by hash goes by; nil where the request has none of it.
    private func balanceKey(_ key: BalanceMethod.HashKey, of group: ServiceGroup) -> UInt64? {
        switch key {
        case .user:
            guard let userID = request.identity?.userID else { return nil }
            return Rendezvous.key(userID.span)
        case .address:
            let address = request.clientAddress ?? peer.text
            return Rendezvous.key(address.span)
        case .header:
            let name = group.hashHeader
            let bytes = worker.head.arena
            let arena = bytes.readableBytesUInt8Span
            for field in worker.head.fields where arena.extracting(field.name.range).isEqual(toLowercase: name.span) {
                return Rendezvous.key(arena.extracting(field.value.range))
            }
            return nil
        }
    }

    // MARK: - Connecting

    func waitInLine(timeout: Int64) {
        request.attempt.isWaiting = true
        expect(.connection, within: timeout)
    }

    func refuseInLine(_ group: ServiceGroup) {
        group.counters.refusedByLimit &+= 1
        giveUp(because: .noConnection)
    }

    func serviceConnecting() {
        request.attempt.isWaiting = false
        expectNothing()
    }

    func serviceConnected(_ connection: ServiceConnection) {
        // The client may have left, or been answered, while the connection was made: it serves somebody else then.
        guard request.isActive, request.machine.service == .connecting, request.target === connection.target else {
            return connection.park()
        }
        request.attempt.isWaiting = false
        loop.updateClock()
        let isUsed = connection.wasIdle
        if !isUsed { request.connectedAt = loop.now }
        swap(&connection.outboundHead, &request.waitingHead)
        use(connection, isUsed: isUsed)
    }

    func serviceConnectFailed(_ fault: ServiceFault, at target: UpstreamTarget) {
        guard request.isActive, request.machine.service == .connecting, request.target === target else { return }
        loop.updateClock()
        tell(.fault(fault))
        let group = worker.services[serviceIndex]
        let other = nextTarget(of: group)
        switch request.machine.connectFailed(fault, another: other != nil) {
        case .tryAnother:
            guard let other else { return giveUp(because: fault) }
            group.counters.failovers &+= 1
            endAttempt()
            go(to: other, of: group, from: target)
        case .answer(let fault):
            answer(because: fault)
        case .none, .send, .retry, .answerTruncated, .cut, .finish:
            break
        }
    }

    /// The target for the next try: one that had none yet, else one that never saw the request. Nil where there is neither.
    private func nextTarget(of group: ServiceGroup) -> UpstreamTarget? {
        let attempt = request.attempt
        if let other = group.target(key: attempt.key, tried: attempt.tried) { return other }
        return attempt.unseen.isEmpty
            ? nil : group.target(key: attempt.key, tried: attempt.tried.subtracting(attempt.unseen))
    }

    /// Sends the same request once more, on a new connection: to another target, if there is one. A connection that its
    /// service has closed may be the first sign that the service is going, and then a new one to it dies as well.
    ///
    /// - Parameters:
    ///   - head: as it went out.
    ///   - isUnseen: the target most likely never saw it.
    func sendAgain(_ head: inout ByteBuffer, isUnseen: Bool, because fault: ServiceFault) {
        guard let target = request.target else { return }
        request.waitingHead = ByteBuffer()
        swap(&request.waitingHead, &head)
        let group = worker.services[serviceIndex]
        group.counters.retries &+= 1
        endAttempt()
        let next =
            nextTarget(of: group)
            ?? (isUnseen ? target : group.target(key: request.attempt.key, tried: TargetSet()))
        if isUnseen { request.attempt.unseen.insert(target.index) }
        guard let next else { return giveUp(because: fault) }
        go(to: next, of: group, from: target)
    }

    /// A connection that was used before will do only for a request that never went out.
    private func go(to target: UpstreamTarget, of group: ServiceGroup, from old: UpstreamTarget) {
        guard begin(target, of: group) else { return }
        if target !== old { HostLine.replace(in: &request.waitingHead, with: target.address.authority) }
        let timeout = timeouts.connect
        // What changes its protocol has a connection of its own.
        let mustBeNew = request.machine.sends > 0 || request.extras?.upgrade != nil
        switch group.obtain(target, for: self, mustBeNew: mustBeNew, timeout: timeout) {
        case .idle(let connection): serviceConnected(connection)
        case .connecting: expectNothing()
        case .waiting: waitInLine(timeout: timeout)
        case .refused: refuseInLine(group)
        }
    }

    // MARK: - What became of it

    /// Says what became of the request at its target, once.
    func tell(_ outcome: ServiceOutcome) {
        guard request.attempt.isOpen, let target = request.target else { return }
        request.attempt.isOpen = false
        worker.services[serviceIndex].record(outcome, at: target, isProbe: request.attempt.isProbe)
    }

    /// Says that an answer which had begun well broke off.
    func tellBroken(_ fault: ServiceFault) {
        guard request.attempt.isActive, let target = request.target else { return }
        worker.services[serviceIndex].record(.fault(fault), at: target, isProbe: false)
    }

    /// The request is no more the target's.
    func endAttempt() {
        guard request.attempt.isActive, let target = request.target else { return }
        request.attempt.isActive = false
        target.active -= 1
        tell(.abandoned)
        if request.attempt.isWaiting {
            request.attempt.isWaiting = false
            worker.services[serviceIndex].leaveLine(self)
        }
    }
}

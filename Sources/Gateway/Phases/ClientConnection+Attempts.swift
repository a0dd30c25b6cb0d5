import Configuration
import HTTPWire
import NIOCore

/// A request's tries at targets: the first, the next where one failed, and what each says of its target.
extension ClientConnection {
    /// Chooses the target that gets the request first; nil where none may have it, and the client was told so.
    func firstTarget(of cluster: Cluster, _ route: CompiledRoute) -> UpstreamTarget? {
        cluster.countRequest()
        if route.timeouts.request < .max {
            let (end, overflow) = request.startedAt.addingReportingOverflow(route.timeouts.request)
            request.endsBy = overflow ? .max : end
        }
        noteBalanceKey(of: cluster)
        guard let target = cluster.target(key: request.attempt.key, tried: TargetSet()) else {
            cluster.counters.refusedAllDown &+= 1
            sendLocalReply(because: .noTarget)
            return nil
        }
        guard begin(target, of: cluster) else { return nil }
        let hasBody = request.framing != .none
        request.machine = UpstreamRequestMachine(method: request.method, hasBody: hasBody, sendLimit: cluster.sendLimit)
        if hasBody, cluster.sendLimit > 1, request.method.isIdempotent { request.attempt.replay = ReplayBuffer() }
        return target
    }

    /// Makes the target the request's own; false where the breaker refuses, and the client was told so.
    private func begin(_ target: UpstreamTarget, of cluster: Cluster) -> Bool {
        switch cluster.admit() {
        case .pass: request.attempt.isProbe = false
        case .probe: request.attempt.isProbe = true
        case .refuse(let seconds):
            cluster.counters.refusedByBreaker &+= 1
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
    func noteBalanceKey(of cluster: Cluster) {
        guard cluster.isHashed, request.attempt.key == nil, case .hash(let key) = cluster.balance else { return }
        request.attempt.key = balanceKey(key, of: cluster)
    }

    /// What a balance by hash goes by; nil where the request has none of it.
    private func balanceKey(_ key: BalanceMethod.HashKey, of cluster: Cluster) -> UInt64? {
        switch key {
        case .user:
            guard let userID = request.identity?.userID else { return nil }
            return Rendezvous.key(userID.span)
        case .address:
            let address = request.clientAddress ?? peer.text
            return Rendezvous.key(address.span)
        case .header:
            let name = cluster.hashHeader
            let bytes = worker.head.arena
            let arena = bytes.readableBytesUInt8Span
            for field in worker.head.fields where arena.extracting(field.name.range).isEqual(toLowercase: name.span) {
                return Rendezvous.key(arena.extracting(field.value.range))
            }
            return nil
        }
    }

    // MARK: - Connecting

    func waitInQueue(timeout: Int64) {
        request.attempt.isWaiting = true
        expect(.connection, within: timeout)
    }

    func refuseForFullQueue(_ cluster: Cluster) {
        cluster.counters.refusedByLimit &+= 1
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
        recordOutcome(.fault(fault))
        let cluster = worker.clusters[serviceIndex]
        let other = nextTarget(of: cluster)
        switch request.machine.connectFailed(fault, another: other != nil) {
        case .tryAnother:
            guard let other else { return giveUp(because: fault) }
            cluster.counters.failovers &+= 1
            endAttempt()
            go(to: other, of: cluster, from: target)
        case .sendLocalReply(let fault):
            sendLocalReply(because: fault)
        case .none, .send, .retry, .sendTruncatedFailure, .reset, .finish:
            break
        }
    }

    /// The target for the next try: one that had none yet, else one that never saw the request. Nil where there is neither.
    private func nextTarget(of cluster: Cluster) -> UpstreamTarget? {
        let attempt = request.attempt
        if let other = cluster.target(key: attempt.key, tried: attempt.tried) { return other }
        return attempt.unseen.isEmpty
            ? nil : cluster.target(key: attempt.key, tried: attempt.tried.subtracting(attempt.unseen))
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
        let cluster = worker.clusters[serviceIndex]
        cluster.counters.retries &+= 1
        endAttempt()
        let next =
            nextTarget(of: cluster)
            ?? (isUnseen ? target : cluster.target(key: request.attempt.key, tried: TargetSet()))
        if isUnseen { request.attempt.unseen.insert(target.index) }
        guard let next else { return giveUp(because: fault) }
        go(to: next, of: cluster, from: target)
    }

    /// A connection that was used before will do only for a request that never went out.
    private func go(to target: UpstreamTarget, of cluster: Cluster, from old: UpstreamTarget) {
        guard begin(target, of: cluster) else { return }
        if target !== old { HostLine.replace(in: &request.waitingHead, with: target.address.authority) }
        let timeout = timeouts.connect
        // What changes its protocol has a connection of its own.
        let mustBeNew = request.machine.sends > 0 || request.rareState?.upgrade != nil
        switch cluster.acquire(target, for: self, mustBeNew: mustBeNew, timeout: timeout) {
        case .idle(let connection): serviceConnected(connection)
        case .connecting: expectNothing()
        case .waiting: waitInQueue(timeout: timeout)
        case .refused: refuseForFullQueue(cluster)
        }
    }

    // MARK: - What became of it

    /// Says what became of the request at its target, once.
    func recordOutcome(_ outcome: ServiceOutcome) {
        guard request.attempt.isOpen, let target = request.target else { return }
        request.attempt.isOpen = false
        worker.clusters[serviceIndex].record(outcome, at: target, isProbe: request.attempt.isProbe)
    }

    /// Says that an answer which had begun well broke off.
    func recordBrokenResponse(_ fault: ServiceFault) {
        guard request.attempt.isActive, let target = request.target else { return }
        worker.clusters[serviceIndex].record(.fault(fault), at: target, isProbe: false)
    }

    /// The request is no more the target's.
    func endAttempt() {
        guard request.attempt.isActive, let target = request.target else { return }
        request.attempt.isActive = false
        target.active -= 1
        recordOutcome(.abandoned)
        if request.attempt.isWaiting {
            request.attempt.isWaiting = false
            worker.clusters[serviceIndex].leaveQueue(self)
        }
    }
}

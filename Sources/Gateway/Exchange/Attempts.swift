import Configuration
import HTTPWire
import NIOCore

/// A request's tries at targets: the first, the next where one failed, and what each says of its target.
enum Attempts {
    /// Chooses the target that gets the request first.
    ///
    /// - Throws: why none may have it.
    static func first(
        of cluster: Cluster,
        _ route: CompiledRoute,
        _ exchange: Exchange
    ) throws(ServiceFault) -> UpstreamTarget {
        let request = exchange.request
        cluster.countRequest()
        if route.timeouts.request < .max {
            let (end, overflow) = request.startedAt.addingReportingOverflow(route.timeouts.request)
            request.endsBy = overflow ? .max : end
        }
        guard let target = cluster.target(key: request.attempt.key, tried: TargetSet()) else {
            cluster.counters.refusedAllDown &+= 1
            throw .noTarget
        }
        try begin(target, of: cluster, exchange)
        let hasBody = if case .none = request.framing { false } else { true }
        request.machine = UpstreamRequestMachine(method: request.method, hasBody: hasBody, sendLimit: cluster.sendLimit)
        if hasBody, cluster.sendLimit > 1, request.method.isIdempotent { request.attempt.replay = ReplayBuffer() }
        return target
    }

    /// Makes the target the request's own.
    ///
    /// - Throws: the breaker refuses.
    private static func begin(
        _ target: UpstreamTarget,
        of cluster: Cluster,
        _ exchange: Exchange
    ) throws(ServiceFault) {
        let request = exchange.request
        switch cluster.admit() {
        case .pass: request.attempt.isProbe = false
        case .probe: request.attempt.isProbe = true
        case .refuse(let seconds):
            cluster.counters.refusedByBreaker &+= 1
            throw .refused(retryAfter: seconds)
        }
        exchange.attemptNumber &+= 1
        request.target = target
        request.attempt.startedAt = exchange.loop.now
        request.attempt.tried.insert(target.index)
        request.attempt.unseen.remove(target.index)
        request.attempt.isActive = true
        request.attempt.isOpen = true
        target.active += 1
        target.counters.requests &+= 1
    }

    // MARK: - Connecting

    static func waitInQueue(_ exchange: Exchange, timeout: Int64) {
        exchange.request.attempt.isWaiting = true
        exchange.expect(.connection, within: timeout)
    }

    /// No connection came about: another target, if there is one.
    static func connectFailed(_ fault: ServiceFault, at target: UpstreamTarget, _ exchange: Exchange) {
        guard let cluster = exchange.cluster else { return }
        // What the gateway itself had not is no fault of the target, and other targets would not help.
        let isOwn = fault == .noConnection
        recordOutcome(isOwn ? .abandoned : .fault(fault), exchange)
        let other = isOwn ? nil : nextTarget(of: cluster, exchange)
        switch exchange.request.machine.connectFailed(fault, another: other != nil) {
        case .tryAnother:
            guard let other else { return exchange.giveUp(because: fault) }
            cluster.counters.failovers &+= 1
            end(exchange)
            go(to: other, of: cluster, from: target, exchange)
        case .sendLocalReply(let fault):
            exchange.response.cause = fault.cause
            LocalReplyPhase.send(.failure(fault), exchange)
        case .none, .send, .retry, .sendTruncatedFailure, .reset, .finish:
            break
        }
    }

    /// The target for the next try: one that had none yet, else one that never saw the request. Nil where there is neither.
    private static func nextTarget(of cluster: Cluster, _ exchange: Exchange) -> UpstreamTarget? {
        let attempt = exchange.request.attempt
        if let other = cluster.target(key: attempt.key, tried: attempt.tried) { return other }
        return attempt.unseen.isEmpty
            ? nil : cluster.target(key: attempt.key, tried: attempt.tried.subtracting(attempt.unseen))
    }

    /// A connection that was used before will do only for a request that never went out.
    private static func go(
        to target: UpstreamTarget,
        of cluster: Cluster,
        from old: UpstreamTarget,
        _ exchange: Exchange
    ) {
        let request = exchange.request
        guard let route = request.route else { return }
        do throws(ServiceFault) {
            try begin(target, of: cluster, exchange)
        } catch {
            return exchange.giveUp(because: error)
        }
        if target !== old { HostLine.replace(in: &request.waitingHead, with: target.address.authority) }
        let timeout = route.timeouts.connect
        // What changes its protocol has a connection of its own.
        let mustBeNew = request.machine.sends > 0 || request.rareState?.upgrade != nil
        switch cluster.acquire(target, for: exchange, mustBeNew: mustBeNew, timeout: timeout) {
        case .idle(let connection): exchange.serviceConnected(connection)
        case .connecting: exchange.expectNothing()
        case .waiting: waitInQueue(exchange, timeout: timeout)
        case .refused:
            exchange.giveUp(because: cluster.refuseByLimit())
        }
    }

    // MARK: - Sending again

    /// The connection to the service is gone or cannot be trusted: sends the request again, responds, or cuts.
    static func serviceFailed(_ fault: ServiceFault, _ exchange: Exchange) {
        let request = exchange.request
        let spent = exchange.service
        exchange.service = nil
        exchange.response.cause = fault.cause
        var permission = request.machine.retryPermission(
            after: fault,
            holdsBody: request.attempt.replay?.isWhole ?? false
        )
        if request.attempt.isOpen {
            recordOutcome(permission == .unseen ? .abandoned : .fault(fault), exchange)
        } else {
            recordBrokenResponse(fault, exchange)
        }
        if spent == nil || permission == .budgeted && exchange.cluster?.takeRetry() != true { permission = .no }
        switch request.machine.serviceFailed(fault, again: permission) {
        case .retry:
            guard let spent else { return }
            exchange.response.cause = nil
            sendAgain(&spent.outboundHead, isUnseen: permission == .unseen, because: fault, exchange)
        case .sendLocalReply(let fault):
            exchange.response.cause = fault.cause
            LocalReplyPhase.send(.failure(fault), exchange)
        case .sendTruncatedFailure:
            if fault == .closed { exchange.response.cause = RespondPhase.closedMidResponse }
            RespondPhase.finishFailure(reuse: false, isWhole: false, exchange)
        case .reset:
            if fault == .closed { exchange.response.cause = RespondPhase.closedMidResponse }
            exchange.cutResponse()
        case .none, .send, .tryAnother, .finish:
            break
        }
    }

    /// Lets a response go that the service's `retries` name, and sends the request again.
    static func dropsResponse(status: Int, _ exchange: Exchange) -> Bool {
        let request = exchange.request
        guard let cluster = exchange.cluster, cluster.isRetried(after: status), let spent = exchange.service else {
            return false
        }
        let holdsBody = request.attempt.replay?.isWhole ?? false
        guard request.machine.retryPermissionAfterStatus(holdsBody: holdsBody) == .budgeted, cluster.takeRetry(),
            request.machine.discardResponse() == .retry
        else { return false }
        exchange.service = nil
        spent.close()
        sendAgain(&spent.outboundHead, isUnseen: false, because: .closed, exchange)
        return true
    }

    /// Sends the same request once more, on a new connection: to another target, if there is one. A connection that its
    /// service has closed may be the first sign that the service is going, and then a new one to it dies as well.
    ///
    /// - Parameters:
    ///   - head: as it went out.
    ///   - isUnseen: the target most likely never saw it.
    private static func sendAgain(
        _ head: inout ByteBuffer,
        isUnseen: Bool,
        because fault: ServiceFault,
        _ exchange: Exchange
    ) {
        let request = exchange.request
        guard let target = request.target, let cluster = exchange.cluster else { return }
        request.waitingHead = ByteBuffer()
        swap(&request.waitingHead, &head)
        cluster.counters.retries &+= 1
        end(exchange)
        let next =
            nextTarget(of: cluster, exchange)
            ?? (isUnseen ? target : cluster.target(key: request.attempt.key, tried: TargetSet()))
        if isUnseen { request.attempt.unseen.insert(target.index) }
        guard let next else { return exchange.giveUp(because: fault) }
        go(to: next, of: cluster, from: target, exchange)
    }

    // MARK: - What became of it

    /// Says what became of the request at its target, once.
    static func recordOutcome(_ outcome: ServiceOutcome, _ exchange: Exchange) {
        let attempt = exchange.request.attempt
        guard attempt.isOpen, let target = exchange.request.target, let cluster = exchange.cluster else { return }
        attempt.isOpen = false
        cluster.record(outcome, at: target, isProbe: attempt.isProbe)
    }

    /// Says that a response which had begun well broke off.
    static func recordBrokenResponse(_ fault: ServiceFault, _ exchange: Exchange) {
        guard exchange.request.attempt.isActive, let target = exchange.request.target else { return }
        exchange.cluster?.record(.fault(fault), at: target, isProbe: false)
    }

    /// The request is no more the target's.
    static func end(_ exchange: Exchange) {
        let attempt = exchange.request.attempt
        guard attempt.isActive, let target = exchange.request.target else { return }
        attempt.isActive = false
        target.active -= 1
        recordOutcome(.abandoned, exchange)
        if attempt.isWaiting {
            attempt.isWaiting = false
            exchange.cluster?.leaveQueue(exchange)
        }
    }
}

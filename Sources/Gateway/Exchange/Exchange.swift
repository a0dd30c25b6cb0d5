import Configuration
import HTTPWire
import NIOCore

/// One request from its head to its record, whatever protocol brought it: its state, and the order of the phases.
///
/// What the client does comes through ``RequestReceiver``, what the service does through ``UpstreamResponseHandler``, and
/// what the client gets goes to the ``ClientStream``. No event is handled within another one, so each finds consistent
/// state.
///
/// An HTTP/1.1 connection uses one exchange for all its requests, so that a request allocates nothing. `docs/phases.md` has
/// the picture.
final class Exchange: TimedConnection {
    /// Where a request is before its response.
    enum Stage {
        /// On its way to a service and back.
        case forwarding
        /// Its body is collected for one of the gateway's own endpoints.
        case collecting
        /// It waits for something outside the loop, and goes on afterwards.
        case held
        /// One of the gateway's own endpoints works on it.
        case calling
        /// Its response is written or cut. Only the end of the client can follow, which records the request.
        case responded
    }

    let worker: Worker
    let stream: any ClientStream
    let peer: PeerAddress
    /// The generation that the request in hand began with.
    private(set) var snapshot: Snapshot
    /// Whether what the peer says of the request's way is believed.
    private(set) var isPeerTrusted: Bool
    let request = RequestState()
    let response = ResponseState()
    /// The connection that serves the request, once it stands.
    var service: ServiceConnection?
    var stage = Stage.forwarding
    /// What the deadline stands for.
    var wait = Wait.nothing
    /// Bytes for the client that had not left when it was last seen to stall.
    var unsentAtLastCheck = -1
    /// Tries at targets, over all requests; tells a late connection of a former try from the one that is waited for.
    var attemptNumber: UInt64 = 0
    /// Requests begun; tells a late reply of an endpoint from the one that is waited for.
    var generation: UInt64 = 0
    /// Times that a request was held; tells a late completion from the one that is waited for.
    var holds: UInt64 = 0
    /// What became of the signatures that came over the connection, unless a proxy is its peer.
    var signatureRecord = SignatureRecord()
    private var isInWheel = false

    init(worker: Worker, stream: any ClientStream, peer: PeerAddress) {
        self.worker = worker
        self.stream = stream
        self.peer = peer
        snapshot = worker.snapshot
        isPeerTrusted = peer.isTrusted(by: snapshot.settings.trustedProxies)
    }

    private func use(_ snapshot: Snapshot) {
        self.snapshot = snapshot
        isPeerTrusted = peer.isTrusted(by: snapshot.settings.trustedProxies)
    }

    var loop: LoopContext { worker.loop }

    override func deadlinePassed() { waitEnded() }

    /// The service that the request goes to.
    var cluster: Cluster? { request.route?.cluster }

    // MARK: - The order of the phases

    /// Phases 2 to 5.
    private func run(_ head: inout RequestHead) -> PhaseResult {
        if head.has(.via), worker.viaName.isNamed(in: head) { return .reply(.refusal(.loopDetected)) }
        if let reply = LocalReply.toOddTarget(head) { return .reply(reply) }
        if head.query != nil {
            let normal = RoutePhase.normalizeQuery(of: &head)
            guard case .proceed = normal else { return normal }
        }
        let bytes = head.arena
        let path = bytes.readableBytesUInt8Span.extracting(head.path.range)
        switch TargetNormalizer.normalize(path: path, into: &worker.normalPath) {
        case .unchanged(let hasEmptySegment):
            return run(&head, path: path, hasEmptySegment: hasEmptySegment)
        case .rewritten(let hasEmptySegment):
            let normal = worker.normalPath
            return run(&head, path: normal.span, hasEmptySegment: hasEmptySegment)
        case .refused(let fault):
            return .reply(.refusal(.badRequest, message: fault.message))
        }
    }

    private func run(_ head: inout RequestHead, path: Span<UInt8>, hasEmptySegment: Bool) -> PhaseResult {
        if let endpoint = snapshot.reserved.endpoint(at: path) { return EndpointPhase.run(endpoint, &head, self) }
        let routed = RoutePhase.run(&head, path: path, hasEmptySegment: hasEmptySegment, request, snapshot.routes)
        guard case .proceed = routed, let route = request.route else { return routed }
        if let key = route.clientKey {
            let shown = ClientKeyPhase.run(head, key)
            guard case .proceed = shown else { return shown }
        }
        if route.auth != .none {
            let known = AuthenticatePhase.run(route, &head, path: path, self)
            guard case .proceed = known else { return known }
        }
        return proceed(&head, path: path, route)
    }

    /// Goes on with a request whose token is judged; again after each wait.
    func proceed(_ head: inout RequestHead, path: Span<UInt8>, _ route: CompiledRoute) -> PhaseResult {
        if let limits = route.limits {
            let counted = LimitPhase.run(request, peer, limits, now: loop.now)
            guard case .proceed = counted else { return counted }
        }
        if let identity = request.identity {
            if route.hasConditions {
                let met = AccessPhase.run(route, identity, worker.changes)
                guard case .proceed = met else { return met }
            }
            if let window = snapshot.settings.renewalWindow {
                let renewed = RenewalPhase.run(identity, window: window, head, path: path, self)
                guard case .proceed = renewed else { return renewed }
            }
            if route.forwardPhone {
                let fetched = PhonePhase.run(identity, head, path: path, self)
                guard case .proceed = fetched else { return fetched }
            }
        }
        guard let rules = route.rules else { return ForwardPhase.run(head, path: path, route, self) }
        if let upgrade = rules.upgrade { UpgradePhase.offer(head, by: upgrade, request) }
        let ruled = HeaderRulesPhase.run(rules, &head, path: path, self)
        guard case .proceed = ruled else { return ruled }
        guard let rewrite = rules.rewrite else { return ForwardPhase.run(head, path: path, route, self) }
        guard rewrite.apply(to: path, into: &worker.rewrittenPath) else {
            return .reply(.refusal(.badRequest, message: "the path has an empty segment"))
        }
        let rewritten = worker.rewrittenPath
        return ForwardPhase.run(head, path: rewritten.span, route, self)
    }

    /// Does what the phases leave to do.
    func conclude(_ result: PhaseResult) {
        switch result {
        case .proceed, .waiting: break
        case .reply(let reply): LocalReplyPhase.send(reply, self)
        case .document(let document): LocalReplyPhase.send(document, self)
        }
    }

    // MARK: - Ends

    /// Ends the exchange with the service for what it did or did not do, and responds.
    func giveUp(because fault: ServiceFault) {
        response.cause = fault.cause
        giveUp(.failure(fault))
    }

    /// Ends the exchange with the service and responds, or cuts the response off where it has begun.
    func giveUp(_ reply: LocalReply) {
        let canRespond = request.machine.abandon()
        closeService()
        if canRespond { LocalReplyPhase.send(reply, self) } else { cutResponse() }
    }

    /// Ends a response that cannot be completed, so that it does not look complete.
    func cutResponse() {
        stage = .responded
        guard stream.flush() else { return }
        record(.reset)
        end()
        stream.reset()
    }

    /// Ends a response that is complete.
    ///
    /// - Parameters:
    ///   - service: the connection that it came over, to be given back behind the last byte.
    ///   - reuse: the connection may serve the next request.
    ///   - isSilent: nothing is recorded.
    func finishResponse(releasing service: ServiceConnection? = nil, reuse: Bool = false, isSilent: Bool = false) {
        stage = .responded
        let isClientThere = stream.finish()
        service?.release(reuse: reuse)
        // Of a client that is gone an event tells, and with it the request is recorded.
        guard isClientThere else { return }
        if isSilent { request.isActive = false } else { record(.whole) }
        end()
    }

    /// Ends the connection to the service together with whatever it was doing.
    func closeService() {
        let connection = service
        service = nil
        connection?.close()
    }

    /// Phase 7: one access-log line, whatever became of the request.
    func record(_ ending: RecordPhase.Ending) {
        guard request.isActive else { return }
        request.isActive = false
        request.endsBy = .max
        Attempts.end(self)
        guard worker.log.isOn else { return }
        loop.updateClock()
        worker.log.write(RecordPhase.record(of: self, ending))
    }

    /// A tunnel has both connections, and records the request at its end.
    func handOver() {
        request.isActive = false
        request.endsBy = .max
        request.attempt.isActive = false
        service = nil
        isOpen = false
        end()
    }

    /// Lets go of what the request held; the exchange is free for the next one.
    func end() {
        response.end()
        request.identity = nil
        if request.rareState != nil { request.rareState = nil }
        if request.attempt.replay != nil { request.attempt.replay = nil }
        expectNothing()
        // No idle connection holds a generation that is over.
        if snapshot !== worker.snapshot { settingsChanged() }
    }
}

extension Exchange: RequestReceiver {
    func begin(_ head: inout RequestHead, under settings: ClientSettings) {
        if settings !== snapshot, let snapshot = settings as? Snapshot { use(snapshot) }
        start()
        request.take(head)
        if isPeerTrusted {
            request.clientAddress = ForwardedAddress.client(of: head, trustedProxies: snapshot.settings.trustedProxies)
            if let id = ForwardedRequestID.value(of: head) { request.id = id }
        } else if head.has(.xForwardedFor) {
            snapshot.generation.forwardingNotice.report(peer)
        }
        conclude(run(&head))
    }

    func settingsChanged() {
        guard !request.isActive else { return }
        request.route = nil
        request.target = nil
        use(worker.snapshot)
    }

    /// Forgets the last request and its response.
    private func start() {
        generation &+= 1
        stage = .forwarding
        request.begin(loop: loop, worker: worker)
        response.begin()
        if !isInWheel {
            isInWheel = true
            loop.wheel.insert(self, deadline: deadline, now: loop.now)
        }
    }

    var bodyDemand: BodyDemand {
        switch stage {
        case .collecting: .all
        case .held: wait == .body ? .awaited : .held
        case .calling: .held
        case .forwarding:
            if let service { service.isWritable ? .all : .received } else { .nothing }
        case .responded: .nothing
        }
    }

    func receiveAwaited(_ count: Int) -> Bool { ForwardPhase.goOn(with: count, self) }

    func receiveBody(_ bytes: ByteBuffer) {
        switch stage {
        case .forwarding: ForwardPhase.receive(bytes, self)
        case .collecting: EndpointPhase.receive(bytes, self)
        case .held, .calling, .responded: break
        }
    }

    func receivePaused() {
        if case .forwarding = stage { ForwardPhase.receivePaused(self) }
    }

    func receiveEnd() {
        switch stage {
        case .forwarding: ForwardPhase.receiveEnd(self)
        case .collecting: conclude(EndpointPhase.call(self))
        case .held, .calling, .responded: break
        }
    }

    func receiveFault(_ fault: RequestFault) {
        if !request.isActive { start() }
        guard stage != .responded else { return }
        giveUp(.refusal(fault))
    }

    func writabilityChanged(_ isWritable: Bool) {
        guard let service else { return }
        if isWritable {
            service.resumeReading()
        } else {
            service.pauseReading()
        }
        if response.isStreaming { expectResponseProgress() }
    }

    func clientGone() {
        isOpen = false
        if request.isActive {
            _ = request.machine.abandon()
            closeService()
            record(.clientLeft)
        } else {
            closeService()
        }
        end()
    }
}

import Configuration
import HTTPWire
import Login
import NIOCore
import WebOrigin

/// One request to the operators' port (contract, section 9), from its head to its record.
///
/// It has calls of its own, behind ``AdminGate``. It shares code with the phases of a client's request, but no phase
/// and no route. A connection uses one for all its requests.
final class AdminExchange: TimedConnection {
    private enum Stage {
        case idle
        /// The body of a call is collected.
        case collecting
        /// The call is made.
        case calling
        /// The reply is written. Only the end of the client can follow, which records the request.
        case responded
    }

    private let worker: Worker
    private let stream: any ClientStream
    private let peer: PeerAddress
    /// Where the connection came in.
    private let entrance: OriginGate.ListenerAddress

    /// The generation that the request in hand began with.
    private var snapshot: Snapshot
    private var stage = Stage.idle
    private var isActive = false
    private var isInWheel = false
    /// Calls made; tells a late reply from the one that is waited for.
    private var generation: UInt64 = 0
    private var startedAt: Int64 = 0
    private var startedMilliseconds: Int64 = 0
    private var requestID: [UInt8] = Array(repeating: 0, count: RequestIDGenerator.length)
    private var method = HTTPMethod.other
    private var otherMethod: [UInt8] = []
    private var clientAddress: [UInt8]?
    private var call: AdminRequest.Call?
    /// The call is refused if its body holds something.
    private var wantsNoContent = false
    private var body = CallBody()
    /// Health was asked for.
    private var health: ReservedPaths.Endpoint?
    /// The user whom the call was about, where the reply says so.
    private var userID: [UInt8]?

    /// - Parameter localAddress: the connection's own end.
    init(worker: Worker, stream: any ClientStream, peer: PeerAddress, localAddress: SocketAddress?) {
        self.worker = worker
        self.stream = stream
        self.peer = peer
        entrance = OriginGate.ListenerAddress(localAddress)
        snapshot = worker.snapshot
    }

    private var loop: LoopContext { worker.loop }

    // MARK: - What is asked for

    private enum Decision {
        case reply(LocalReply)
        /// The call is made when its body is here.
        case call(AdminRequest.Call, wantsNoContent: Bool)
    }

    private func decide(_ head: borrowing RequestHead) -> Decision {
        if let reply = LocalReply.toUnroutable(head) { return .reply(reply) }
        let bytes = head.arena
        let arena = bytes.readableBytesUInt8Span
        let path = arena.extracting(head.path.range)
        if let endpoint = healthEndpoint(at: path) {
            health = endpoint
            guard head.method == .get || head.method == .head else {
                return .reply(.refusal(.methodNotAllowed, allow: Worker.readMethods))
            }
            return .reply(endpoint == .live ? .live : .ready(worker.readiness))
        }
        let settings = snapshot.settings
        let gate = AdminGate(
            origin: OriginGate(entrance, hosts: settings.adminHosts),
            token: settings.adminToken
        )
        if let refusal = gate.refusal(of: head, arena) { return .reply(refusal) }
        let found: AdminResource?
        do throws(TargetFault) {
            found = try AdminResource(path)
        } catch {
            return .reply(.refusal(.badRequest, message: error.message))
        }
        guard let resource = found else { return .reply(.refusal(.routeNotFound)) }
        let query = head.query.map { Array(copying: arena.extracting($0.range)) } ?? []
        guard let call = resource.call(head.method, query: query) else {
            return .reply(.refusal(.methodNotAllowed, allow: resource.allow))
        }
        switch gate.decision(on: call, head, arena) {
        case .refuse(let refusal): return .reply(refusal)
        case .admit: return .call(call, wantsNoContent: false)
        case .admitWithoutContent: return .call(call, wantsNoContent: true)
        }
    }

    /// Health has the paths of the traffic port, in their normal form.
    private func healthEndpoint(at path: Span<UInt8>) -> ReservedPaths.Endpoint? {
        switch TargetNormalizer.normalize(path: path, into: &worker.normalPath) {
        case .unchanged:
            return snapshot.adminReserved.endpoint(at: path)
        case .rewritten:
            let normal = worker.normalPath
            return snapshot.adminReserved.endpoint(at: normal.span)
        case .refused:
            return nil
        }
    }

    private func collect(_ call: AdminRequest.Call, wantsNoContent: Bool, framing: BodyFraming) {
        self.call = call
        self.wantsNoContent = wantsNoContent
        switch CallBody.start(of: framing) {
        case .none:
            makeCall()
        case .tooLarge:
            send(.refusal(.bodyTooLarge))
        case .follows:
            stage = .collecting
            expect(within: snapshot.timeouts.body)
            stream.sendContinue()
        }
    }

    private func makeCall() {
        guard let call else { return send(.refusal(.internalFault)) }
        let body = body.take()
        if wantsNoContent, !AdminGate.holdsNothing(body) {
            return send(.refusal(.badRequest, message: "the content-type of a body must be application/json"))
        }
        stage = .calling
        expect(within: GatewaySettings.endpointTimeout)
        let bound = NIOLoopBound(self, eventLoop: loop.eventLoop)
        let eventLoop = loop.eventLoop
        let generation = generation
        snapshot.endpoints.admin(AdminRequest(call, body: body)) { reply in
            eventLoop.execute {
                let exchange = bound.value
                exchange.loop.run { exchange.replied(reply, generation: generation) }
            }
        }
    }

    private func replied(_ reply: EndpointReply, generation: UInt64) {
        guard isActive, self.generation == generation, stage == .calling else { return }
        userID = reply.userID.map { Array($0.utf8) }
        send(LocalReply(reply))
    }

    // MARK: - The reply

    private func send(_ reply: LocalReply) {
        stage = .responded
        stream.discardRequestBody()
        let sent = worker.send(
            reply,
            to: stream,
            requestID: requestID,
            realm: snapshot.settings.realm,
            always200: false,
            isHead: method == .head
        )
        // Of a client that is gone an event tells, and with it the request is recorded.
        guard stream.finish() else { return }
        // Health checks would drown the log.
        if health != nil {
            isActive = false
        } else {
            record { record in
                record.status = sent.status
                record.code = reply.reason?.code ?? LocalReply.successCode
                record.reason = reply.reason?.name
                record.bytesOut = Int64(sent.bodyBytes)
            }
        }
        end()
    }

    /// One access-log line for each request; what the path names, never the path.
    private func record(_ change: (inout AccessRecord) -> Void) {
        guard isActive else { return }
        isActive = false
        guard worker.log.isOn else { return }
        loop.updateClock()
        var record = AccessRecord()
        record.milliseconds = startedMilliseconds
        record.method = method.name
        record.otherMethod = otherMethod
        record.requestID = requestID
        record.clientAddress = clientAddress ?? peer.text
        if let call {
            record.route = call.label
            record.userID = call.userID.map { Array($0.utf8) } ?? userID ?? []
        } else if let health {
            record.route = snapshot.adminReserved.label(health)
        }
        record.duration = (loop.now - startedAt) / 1000
        record.bytesIn = Int64(clamping: body.received)
        change(&record)
        worker.log.write(record)
    }

    private func end() {
        stage = .idle
        call = nil
        health = nil
        userID = nil
        body = CallBody()
        deadline = .max
        settingsChanged()
    }

    private func expect(within nanoseconds: Int64) {
        deadline = loop.instant(after: nanoseconds)
    }

    override func deadlinePassed() {
        switch stage {
        case .idle, .responded:
            break
        case .collecting:
            stream.closeAfterResponse()
            send(.refusal(.requestTimeout))
        case .calling:
            send(.refusal(.unavailable))
        }
    }
}

extension AdminExchange: RequestReceiver {
    func begin(_ head: inout RequestHead, under settings: ClientSettings) {
        if let snapshot = settings as? Snapshot { self.snapshot = snapshot }
        start()
        method = head.method
        if head.method == .other {
            let bytes = head.arena
            otherMethod = Array(copying: bytes.readableBytesUInt8Span.extracting(head.methodName.range))
        }
        let trustedProxies = snapshot.settings.trustedProxies
        if peer.isTrusted(by: trustedProxies) {
            clientAddress = ForwardedAddress.client(of: head, trustedProxies: trustedProxies)
            if let id = ForwardedRequestID.value(of: head) { requestID = id }
        }
        switch decide(head) {
        case .reply(let reply): send(reply)
        case .call(let call, let wantsNoContent): collect(call, wantsNoContent: wantsNoContent, framing: head.framing)
        }
    }

    func settingsChanged() {
        if !isActive { snapshot = worker.snapshot }
    }

    private func start() {
        generation &+= 1
        isActive = true
        startedAt = loop.now
        startedMilliseconds = loop.wallMilliseconds
        worker.requestIDs.write(into: &requestID, milliseconds: loop.wallMilliseconds)
        method = .other
        otherMethod = []
        clientAddress = nil
        wantsNoContent = false
        if !isInWheel {
            isInWheel = true
            loop.wheel.insert(self, deadline: deadline, now: loop.now)
        }
    }

    var bodyDemand: BodyDemand {
        switch stage {
        case .collecting: .all
        case .idle, .calling: .held
        case .responded: .nothing
        }
    }

    func receiveBody(_ bytes: ByteBuffer) {
        guard stage == .collecting, !body.append(bytes) else { return }
        stream.closeAfterResponse()
        send(.refusal(.bodyTooLarge))
    }

    func receivePaused() {}

    func receiveEnd() {
        guard stage == .collecting else { return }
        makeCall()
    }

    func receiveFault(_ fault: RequestFault) {
        if !isActive { start() }
        guard stage != .responded else { return }
        send(.refusal(fault))
    }

    func writabilityChanged(_ isWritable: Bool) {}

    func clientGone() {
        isOpen = false
        record { record in
            // The status of nginx's logs for a client that did not wait.
            record.status = 499
            record.flags.insert(.truncated)
            record.closeReason = worker.isDrainOver ? "the gateway stopped" : "the client disconnected"
        }
        end()
    }
}

extension OriginGate.ListenerAddress {
    /// The entrance of a connection with this local address.
    fileprivate init(_ address: SocketAddress?) {
        if case .unixDomainSocket = address {
            self = .unixSocket
        } else if let text = address?.ipAddress, let literal = IPAddress(text), let port = address?.port {
            self = .address(literal, port: port)
        } else {
            self = .unknown
        }
    }
}

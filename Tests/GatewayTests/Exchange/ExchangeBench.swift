import Configuration
import HTTPWire
import Logging
import NIOCore
import NIOEmbedded

@testable import Gateway

/// One worker and one exchange without a socket: the client is a ``ScriptedStream``, a connection to the service an
/// `EmbeddedChannel`.
///
/// The service may have no connection more than there are, so that a request which needs a new one waits in the queue, and
/// the test says when it gets one. For one thread.
final class ExchangeBench {
    let stream = ScriptedStream()
    let exchange: Exchange
    let worker: Worker
    let cluster: Cluster
    private let eventLoop = EmbeddedEventLoop()
    private let folder: TestFolder
    private let dependencies: GatewayDependencies
    private let upstream: Upstream
    private let logWriter: AccessLogWriter?
    private var channels: [EmbeddedChannel] = []

    struct HeadRefused: Error {}

    /// - Parameters:
    ///   - route: members of the only route beside path, service and auth, as JSON.
    ///   - service: members of the service beside targets and connections, as JSON.
    ///   - targets: how many there are.
    init(route: String = "", service: String = "", targets: Int = 1) throws {
        let folder = try TestFolder()
        let log = RecordedLog()
        self.folder = folder
        let addresses = (1...targets).map { #""http://127.0.0.1:\#($0)""# }.joined(separator: ",")
        let configuration = try PhaseFixture.configuration([
            "sessions": """
            {"store":"sqlite:\(folder.path("menshen.sqlite"))","encryptionKey":{"value":"an-encryption-key-of-32-bytes-for-tests"}}
            """,
            "services": #"{"s":{"targets":[\#(addresses)],"connections":1,"waiting":8\#(service)}}"#,
            "routes": #"[{"path":"/**","service":"s","auth":"none"\#(route)}]"#,
            "accessLog": "\"\(folder.path("access.log"))\"",
        ])
        let logger = Logger(label: "test") { _ in RecordedLog.Handler(log) }
        dependencies = try GatewayDependencies(configuration, logger: logger)
        upstream = Upstream(
            configuration,
            tls: [:],
            limits: HTTPLimits(),
            log: dependencies.log,
            resolver: NameResolver()
        )
        logWriter = try AccessLogWriter(configuration.accessLog)
        worker = try Worker(
            eventLoop: eventLoop,
            generation: Generation(
                configuration,
                rules: dependencies.rules,
                identityKey: nil,
                endpoints: dependencies.endpoints,
                upstream: upstream,
                log: dependencies.log
            ),
            readiness: Readiness(isStoreAway: { false }),
            connectionLimit: ConnectionLimit(maximum: 8),
            log: AccessLogBuffer(logWriter)
        )
        cluster = worker.snapshot.clusters[0]
        exchange = Exchange(worker: worker, stream: stream, peer: PeerAddress(nil))
        // There is no room for a connection of the gateway's own making.
        _ = cluster.state.takeSlot(limit: 1)
    }

    // MARK: - The client

    /// Begins a request; lines without their CRLF.
    func begin(_ lines: String...) throws { try begin(lines) }

    func begin(_ lines: [String]) throws {
        var bytes = ByteBuffer(string: (lines + ["host: h"]).joined(separator: "\r\n") + "\r\n\r\n")
        var head = RequestHead()
        var parser = RequestParser()
        guard parser.parse(&bytes, into: &head) == .head else { throw HeadRefused() }
        worker.loop.run { exchange.begin(&head, under: worker.snapshot) }
    }

    /// Sends a piece of the body, and says where it is the last.
    func send(_ body: String, isLast: Bool = false) {
        worker.loop.run {
            exchange.receiveBody(ByteBuffer(string: body))
            exchange.receivePaused()
            if isLast { exchange.receiveEnd() }
        }
    }

    /// The client reads slowly, or has caught up.
    func setWritable(_ isWritable: Bool) {
        stream.isWritable = isWritable
        worker.loop.run { exchange.writabilityChanged(isWritable) }
    }

    func leave() {
        stream.isGone = true
        worker.loop.run { exchange.clientGone() }
    }

    // MARK: - The service

    /// Gives the request the connection that it waits for.
    ///
    /// - Parameters:
    ///   - isUsed: it has carried requests before.
    ///   - broken: every write to it fails, and delivers this first.
    func connect(isUsed: Bool = false, broken: [String]? = nil) throws -> ServiceEnd {
        guard let target = exchange.request.target, cluster.waitingHere == 1 else { throw NothingWaits() }
        cluster.leaveQueue(exchange)
        let connection = ServiceConnection(target: target, loop: worker.loop, limits: HTTPLimits())
        let channel = makeChannel()
        let pipe = DrainingPipe(isBroken: broken != nil, held: broken ?? [])
        try channel.pipeline.syncOperations.addHandler(pipe)
        try channel.pipeline.syncOperations.addHandler(connection)
        channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
        target.openConnections += 1
        cluster.openConnections += 1
        connection.count(at: 0, holdsSlot: false)
        connection.wasIdle = isUsed
        worker.loop.run {
            exchange.serviceConnecting()
            exchange.serviceConnected(connection)
        }
        return ServiceEnd(channel: channel, connection: connection, pipe: pipe)
    }

    struct NothingWaits: Error {}

    /// The connection that the request waits for does not come about.
    func failToConnect(_ fault: ServiceFault = .connectFailed) throws {
        guard let target = exchange.request.target, cluster.waitingHere == 1 else { throw NothingWaits() }
        cluster.leaveQueue(exchange)
        worker.loop.run {
            exchange.serviceConnecting()
            exchange.serviceConnectFailed(fault, at: target)
        }
    }

    /// The deadline in hand passes, as the loop's wheel tells it.
    func passDeadline() throws {
        guard exchange.deadline < .max else { throw NoDeadline() }
        exchange.deadline = .max
        worker.loop.run { exchange.deadlinePassed() }
    }

    struct NoDeadline: Error {}

    /// An attempt to connect as the request in hand asks for it, which ends when the test says so.
    func attempt() throws -> UpstreamTarget.Attempt {
        guard let target = exchange.request.target else { throw NothingWaits() }
        target.openConnections += 1
        cluster.openConnections += 1
        return UpstreamTarget.Attempt(target: target, exchange: exchange, first: nil, holdsSlot: false)
    }

    /// A connection to the target of the request in hand that nobody has yet.
    func freeConnection() throws -> ServiceEnd {
        guard let target = exchange.request.target else { throw NothingWaits() }
        let connection = ServiceConnection(target: target, loop: worker.loop, limits: HTTPLimits())
        let channel = makeChannel()
        try channel.pipeline.syncOperations.addHandler(connection)
        channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
        return ServiceEnd(channel: channel, connection: connection, pipe: nil)
    }

    // MARK: - A whole connection

    /// A client's HTTP/1.1 connection with an exchange of its own.
    func client(_ pipe: DrainingPipe = DrainingPipe()) throws -> (channel: EmbeddedChannel, exchange: Exchange) {
        let connection = HTTP1Connection(shared: worker.clients, isLimited: false)
        let channel = makeChannel()
        try channel.pipeline.syncOperations.addHandler(pipe)
        try channel.pipeline.syncOperations.addHandler(connection)
        let exchange = Exchange(worker: worker, stream: connection, peer: PeerAddress(nil))
        connection.serve(exchange)
        channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
        return (channel, exchange)
    }

    /// An operator's HTTP/1.1 connection.
    func operatorsClient(_ pipe: DrainingPipe = DrainingPipe()) throws -> EmbeddedChannel {
        let connection = HTTP1Connection(shared: worker.clients, isLimited: false)
        let channel = makeChannel()
        try channel.pipeline.syncOperations.addHandler(pipe)
        try channel.pipeline.syncOperations.addHandler(connection)
        connection.serve(
            AdminExchange(
                worker: worker,
                stream: connection,
                peer: PeerAddress(nil),
                localAddress: try SocketAddress(ipAddress: "127.0.0.1", port: 9901)
            )
        )
        channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
        return channel
    }

    private func makeChannel() -> EmbeddedChannel {
        let channel = EmbeddedChannel(loop: eventLoop)
        channels.append(channel)
        return channel
    }

    // MARK: - The end

    /// The gateway stops.
    func drain() {
        worker.drain(eventLoop.makePromise(), within: .seconds(30))
    }

    /// Ends everything.
    ///
    /// - Returns: the lines of the access log.
    func stop() -> [String] {
        worker.stop()
        logWriter?.stop()
        upstream.stop()
        dependencies.stop()
        eventLoop.run()
        let lines = folder.read("access.log").split(separator: "\n").map(String.init)
        // What is under way holds the connections, which hold the worker.
        if exchange.request.isActive { leave() }
        for channel in channels { _ = try? channel.finish(acceptAlreadyClosed: true) }
        return lines
    }
}

/// The service's end of a connection.
struct ServiceEnd {
    let channel: EmbeddedChannel
    let connection: ServiceConnection
    let pipe: DrainingPipe?

    /// From now on every write fails.
    func breakWrites() { pipe?.isBroken = true }

    /// What came since the last look.
    func received() throws -> String {
        var text = ""
        while let bytes = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: bytes) }
        return text
    }

    func send(_ text: String) throws {
        try channel.writeInbound(ByteBuffer(string: text))
    }

    func close() {
        channel.close(promise: nil)
    }

    /// The service reads slowly, or has caught up.
    func setWritable(_ isWritable: Bool) {
        channel.isWritable = isWritable
        channel.pipeline.fireChannelWritabilityChanged()
    }

    var isClosed: Bool { !channel.isActive }
}

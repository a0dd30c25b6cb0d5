/// A server on a port of the kernel's choice that does on each connection what a script says, well or ill. Each
/// connection has a thread; it ends with the script, and the connection with it.
final class ScriptedService: Sendable {
    typealias Script = @Sendable (ServicePeer) throws -> Void

    /// What the service has seen.
    struct Log: Sendable {
        var connections = 0
        /// Connections whose script has ended.
        var ended = 0
        /// Heads of requests, whatever became of their bodies.
        var heads = 0
        /// Whole requests.
        var requests: [ServiceRequest] = []
        /// What went wrong in scripts, resets and cut requests left aside: those are what the tests are about.
        var faults: [String] = []

        fileprivate var open: [Int: Socket] = [:]
        fileprivate var threads: [BlockingThread] = []
        fileprivate var isStopping = false
        fileprivate var isStopped = false
    }

    let port: Int
    private let listener: Socket
    private let log: Watched<Log>
    private let accepting: BlockingThread

    private init(port: Int, listener: Socket, log: Watched<Log>, accepting: BlockingThread) {
        self.port = port
        self.listener = listener
        self.log = log
        self.accepting = accepting
    }

    /// Begins to listen.
    ///
    /// - Parameters:
    ///   - port: one that an earlier service had; else the kernel chooses.
    ///   - segment: of `Socket.listen`, as is `receiveBuffer`.
    static func start(
        port: Int = 0,
        segment: Int32? = nil,
        receiveBuffer: Int32? = nil,
        _ script: @escaping Script
    ) throws -> ScriptedService {
        let (listener, port) = try Socket.listen(port: port, segment: segment, receiveBuffer: receiveBuffer)
        return try start(listener, port: port, script)
    }

    /// Begins to listen on a path of the file system.
    static func start(path: String, _ script: @escaping Script) throws -> ScriptedService {
        try start(try Socket.listen(path: path), port: 0, script)
    }

    private static func start(_ listener: Socket, port: Int, _ script: @escaping Script) throws -> ScriptedService {
        let log = Watched(Log())
        let accepting = try BlockingThread {
            do {
                while let socket = try listener.accept() { try serve(socket, script, log) }
            } catch {
                log.withLock { $0.faults.append("\(error)") }
            }
        }
        return ScriptedService(port: port, listener: listener, log: log, accepting: accepting)
    }

    /// Answers every request with the same bytes, as long as the connection lasts.
    ///
    /// - Parameter thenCloses: ends the connection behind the first answer.
    static func answering(_ response: [UInt8], thenCloses: Bool = false) throws -> ScriptedService {
        try start { peer in
            while try peer.readRequest() != nil {
                try peer.send(response)
                if thenCloses { return }
            }
        }
    }

    static func answering(_ response: String, thenCloses: Bool = false) throws -> ScriptedService {
        try answering(Array(response.utf8), thenCloses: thenCloses)
    }

    /// Stops listening, ends all connections and waits for their scripts; once.
    func stop() {
        guard !log.withLock({ $0.isStopped }) else { return }
        log.withLock { $0.isStopped = true }
        listener.stopListening()
        accepting.join()
        listener.close()
        let threads = log.withLock { log in
            log.isStopping = true
            for socket in log.open.values { socket.shutDown() }
            defer { log.threads = [] }
            return log.threads
        }
        for thread in threads { thread.join() }
    }

    // MARK: - What it saw

    var seen: Log { log.withLock { $0 } }
    var connections: Int { seen.connections }
    var requests: [ServiceRequest] { seen.requests }
    var heads: Int { seen.heads }

    /// Blocks until that much was seen.
    func wait(for what: String, until holds: (Log) -> Bool) throws { try log.wait(for: what, until: holds) }

    /// Blocks until the scripts of that many connections have ended.
    func waitForEnds(_ count: Int) throws {
        try wait(for: "\(count) connections to end") { $0.ended >= count }
    }

    // MARK: - Serving

    private static func serve(_ socket: Socket, _ script: @escaping Script, _ log: Watched<Log>) throws {
        let number = log.withLock { log in
            defer { log.connections += 1 }
            log.open[log.connections] = socket
            return log.connections
        }
        let thread = try BlockingThread {
            do {
                try script(ServicePeer(socket, connection: number, log: log))
            } catch let fault as SocketFault where fault.isReset {
                // The gateway went away, which the test sees elsewhere.
            } catch MessageFault.cut {
            } catch {
                log.withLock { log in
                    if !log.isStopping { log.faults.append("\(error)") }
                }
            }
            socket.close()
            log.withLock { log in
                log.open[number] = nil
                log.ended += 1
            }
        }
        log.withLock { $0.threads.append(thread) }
    }
}

import HTTPWire
import NIOCore
import NIOEmbedded
import RandomJSON
import Testing

@testable import Gateway

@Suite("A client's HTTP/1.1 connection, without a socket")
struct HTTP1ConnectionTests {
    @Test("serves pipelined requests one after the other, in their order")
    func pipelining() throws {
        let bench = try ConnectionBench()
        try bench.send("GET /1 HTTP/1.1\r\nhost: h\r\n\r\nPOST /2 HTTP/1.1\r\nhost: h\r\ncontent-length: 2\r\n\r\n")
        try bench.send("okGET /3 HTTP/1.1\r\nhost: h\r\n\r\n")
        #expect(bench.receiver.begun == ["/1"])
        bench.respond()
        #expect(bench.receiver.begun == ["/1", "/2"] && bench.receiver.body == "ok" && bench.receiver.hasEnded)
        bench.respond()
        bench.respond()
        #expect(bench.receiver.begun == ["/1", "/2", "/3"])
        #expect(try bench.responses() == ["/1", "/2", "/3"])
        #expect(bench.channel.isActive)
    }

    @Test("does not begin a request while the client does not read its responses")
    func unreadResponses() throws {
        let bench = try ConnectionBench()
        try bench.send("GET /1 HTTP/1.1\r\nhost: h\r\n\r\nGET /2 HTTP/1.1\r\nhost: h\r\n\r\n")
        bench.setWritable(false)
        bench.respond()
        #expect(bench.receiver.begun == ["/1"])
        bench.setWritable(true)
        #expect(bench.receiver.begun == ["/1", "/2"])
    }

    @Test("reads and drops the short rest of a body behind an early response, and closes behind any other")
    func earlyResponse() throws {
        var bench = try ConnectionBench()
        try bench.send("POST /1 HTTP/1.1\r\nhost: h\r\ncontent-length: 6\r\n\r\nabc")
        bench.respond(early: true)
        try bench.send("defGET /2 HTTP/1.1\r\nhost: h\r\n\r\n")
        #expect(bench.receiver.begun == ["/1", "/2"] && bench.receiver.body.isEmpty)

        bench = try ConnectionBench()
        try bench.send("POST /1 HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n")
        bench.respond(early: true)
        #expect(try bench.output().contains("connection: close\r\n"))
        #expect(!bench.channel.isActive && bench.receiver.goneCount == 1)
    }

    @Test("tells of a broken head and of a broken body, and closes behind the response")
    func faults() throws {
        for text in ["GET /1\r\n\r\n", "POST /1 HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\nz\r\n"] {
            let bench = try ConnectionBench()
            try bench.send(text)
            #expect(bench.receiver.faults == 1)
            bench.respond()
            #expect(try bench.output().contains("connection: close\r\n"))
            #expect(!bench.channel.isActive)
        }
    }

    @Test("a stop closes an idle connection, and a busy one behind its response")
    func stopping() throws {
        let (idle, busy, fresh) = (try ConnectionBench(), try ConnectionBench(), try ConnectionBench())
        for bench in [idle, busy] { try bench.send("GET /1 HTTP/1.1\r\nhost: h\r\n\r\n") }
        idle.respond()
        for bench in [idle, busy, fresh] { bench.shared.loop.run { bench.shared.stop {} } }
        #expect(!idle.channel.isActive && busy.channel.isActive && fresh.channel.isActive)
        // A client that has just come is about to ask.
        try fresh.send("GET /1 HTTP/1.1\r\nhost: h\r\n\r\n")
        fresh.respond()
        #expect(try fresh.output().contains("connection: close\r\n"))
        #expect(!fresh.channel.isActive)
        busy.respond()
        #expect(try busy.output().contains("connection: close\r\n"))
        #expect(!busy.channel.isActive)
    }

    @Test("a request is served by the settings that were in force when the connection turned to it")
    func settings() throws {
        let bench = try ConnectionBench()
        let first = bench.shared.settings
        let second = ClientSettings(limits: first.limits, names: first.names, timeouts: first.timeouts)
        try bench.send("GET /1 HTTP/1.1\r\nhost: h\r\n\r\nGET /2 HT")
        bench.shared.adopt(second)
        bench.respond()
        try bench.send("TP/1.1\r\nhost: h\r\n\r\n")
        bench.respond()
        #expect(bench.receiver.begun == ["/1", "/2"])
        #expect(bench.receiver.begunUnder.map { $0 === first } == [true, false])

        try bench.send("GET /3")
        bench.shared.adopt(first)
        try bench.send(" HTTP/1.1\r\nhost: h\r\n\r\n")
        #expect(bench.receiver.begunUnder.last === second)
        bench.respond()
        try bench.send("GET /4 HTTP/1.1\r\nhost: h\r\n\r\n")
        #expect(bench.receiver.begunUnder.last === first)
    }

    @Test("a client that leaves is told once, when no other event runs")
    func leaving() throws {
        let bench = try ConnectionBench()
        try bench.send("GET /1 HTTP/1.1\r\nhost: h\r\n\r\n")
        bench.breaksAtFlush = true
        // The write closes the channel within the call.
        bench.respond()
        #expect(bench.receiver.goneCount == 1 && !bench.receiver.wasNested)
        #expect(bench.receiver.lastFinish == false)
    }

    @Test("a client that sends no more gets all that it asked for in full, and then the end")
    func halfClose() throws {
        var bench = try ConnectionBench()
        try bench.send("GET /1 HTTP/1.1\r\nhost: h\r\n\r\nPOST /2 HTTP/1.1\r\nhost: h\r\ncontent-length: 2\r\n\r\nok")
        bench.endSending()
        #expect(bench.receiver.begun == ["/1"] && bench.receiver.goneCount == 0)
        bench.respond()
        #expect(try !bench.output().contains("connection: close"))
        #expect(bench.receiver.begun == ["/1", "/2"] && bench.receiver.hasEnded && bench.channel.isActive)
        bench.respond()
        #expect(try bench.output().contains("connection: close\r\n"))
        #expect(!bench.channel.isActive && bench.receiver.goneCount == 1 && bench.receiver.faults == 0)

        for part in ["", "GET /1 HT", "POST /1 HTTP/1.1\r\nhost: h\r\ncontent-length: 3\r\n\r\nab"] {
            bench = try ConnectionBench()
            try bench.send(part)
            bench.endSending()
            #expect(!bench.channel.isActive && bench.receiver.goneCount == 1 && bench.receiver.faults == 0)
            #expect(try bench.output().isEmpty)
        }
    }

    @Test("a client that sends no more and reads slowly gets its later responses once it reads")
    func halfCloseAndSlow() throws {
        let bench = try ConnectionBench()
        try bench.send("GET /1 HTTP/1.1\r\nhost: h\r\n\r\nGET /2 HTTP/1.1\r\nhost: h\r\n\r\n")
        bench.setWritable(false)
        bench.respond()
        bench.endSending()
        #expect(bench.receiver.begun == ["/1"] && bench.channel.isActive)
        bench.setWritable(true)
        bench.respond()
        #expect(try bench.responses() == ["/1", "/2"])
        #expect(!bench.channel.isActive && bench.receiver.goneCount == 1)
    }

    @Test("keeps the order of requests and responses, whatever happens when")
    func model() throws {
        var random = SeededGenerator()
        print("HTTP/1.1 connection: MENSHEN_TEST_SEED=\(random.seed)")
        for round in 0..<2_000 {
            let bench = try ConnectionBench()
            let script = ConnectionScript.random(using: &random)
            var left = ByteBuffer(string: script.text)
            var responded: [String] = []
            var (hasStopped, hasEndedSending, hasRespondedEarly) = (false, false, false)
            func note() -> Comment { "seed \(random.seed), round \(round): \(script)" }
            for _ in 0..<200 where bench.channel.isActive {
                switch Int.random(in: 0..<20, using: &random) {
                case 0..<10:
                    guard !hasEndedSending else { continue }
                    let count = min(left.readableBytes, Int.random(in: 1...40, using: &random))
                    if count > 0, let piece = left.readSlice(length: count) { try bench.channel.writeInbound(piece) }
                case 10..<16:
                    guard bench.receiver.isActive else { continue }
                    let mayBeEarly = Bool.random(using: &random)
                    guard bench.receiver.hasEnded || mayBeEarly else { continue }
                    if let target = bench.receiver.begun.last { responded.append(target) }
                    if bench.receiver.hasEnded {
                        #expect(bench.receiver.body == script.bodies[responded.count - 1], note())
                    }
                    hasRespondedEarly = hasRespondedEarly || !bench.receiver.hasEnded
                    bench.respond(early: !bench.receiver.hasEnded)
                case 16, 17: bench.setWritable(Bool.random(using: &random))
                case 18 where !hasStopped && round % 4 == 0:
                    hasStopped = true
                    bench.shared.loop.run { bench.shared.stop {} }
                case 19 where round % 8 == 0:
                    bench.channel.close(promise: nil)
                case 19 where round % 8 >= 4 && !hasEndedSending:
                    hasEndedSending = true
                    bench.endSending()
                default: continue
                }
            }
            if hasEndedSending {
                bench.setWritable(true)
                while bench.channel.isActive, bench.receiver.isActive {
                    if let target = bench.receiver.begun.last { responded.append(target) }
                    bench.respond()
                }
                #expect(!bench.channel.isActive, note())
                let sent = script.text.utf8.count - left.readableBytes
                let whole = script.ends.count { $0 <= sent }
                // A response that ends with the connection, or came before the request's end, is the last one.
                let isAnyLast = script.hasOldVersion || hasStopped || hasRespondedEarly
                #expect(isAnyLast ? responded.count <= whole + 1 : responded.count == whole, note())
            }
            let targets = script.bodies.indices.map { "/\($0)" }
            #expect(bench.receiver.begun == Array(targets.prefix(bench.receiver.begun.count)), note())
            #expect(responded == Array(targets.prefix(responded.count)), note())
            #expect(bench.receiver.begun.count - responded.count <= 1, note())
            #expect(!bench.receiver.wasNested && bench.receiver.faults == 0, note())
            #expect(bench.receiver.goneCount == (bench.channel.isActive ? 0 : 1), note())
            // What was written before the end went out, whole and in order.
            #expect(try bench.responses() == responded, note())
        }
    }
}

/// Requests of one connection as a client sends them.
private struct ConnectionScript: CustomStringConvertible {
    private(set) var text = ""
    /// By request.
    private(set) var bodies: [String] = []
    /// How much of the text is sent with each request.
    private(set) var ends: [Int] = []
    private(set) var hasOldVersion = false

    var description: String { text }

    static func random(using random: inout some RandomNumberGenerator) -> ConnectionScript {
        var script = ConnectionScript()
        for number in 0..<Int.random(in: 1...4, using: &random) {
            let body = String(repeating: "b", count: Int.random(in: 1...30, using: &random))
            let version = Int.random(in: 0..<6, using: &random) == 0 ? "1.0\r\nconnection: keep-alive" : "1.1"
            script.text += "POST /\(number) HTTP/\(version)\r\nhost: h\r\n"
            switch Int.random(in: 0..<3, using: &random) {
            case 0:
                script.text += "\r\n"
                script.bodies.append("")
            case 1 where version == "1.1":
                let size = String(body.count, radix: 16)
                script.text += "transfer-encoding: chunked\r\n\r\n\(size)\r\n\(body)\r\n0\r\n\r\n"
                script.bodies.append(body)
            default:
                script.text += "content-length: \(body.count)\r\n\r\n\(body)"
                script.bodies.append(body)
            }
            script.ends.append(script.text.utf8.count)
            script.hasOldVersion = script.hasOldVersion || version != "1.1"
        }
        return script
    }
}

/// One connection on an `EmbeddedChannel` and whoever takes its requests. For one thread.
private final class ConnectionBench {
    let shared: ClientContext
    let channel: EmbeddedChannel
    let receiver: ScriptedReceiver
    /// The next flush closes the channel, as NIO does where the kernel refuses a write.
    var breaksAtFlush: Bool {
        get { pipe.isBroken }
        set { pipe.isBroken = newValue }
    }
    private let pipe = DrainingPipe()
    private let connection: HTTP1Connection

    init() throws {
        let eventLoop = EmbeddedEventLoop()
        let settings = ClientSettings(
            limits: HTTPLimits(),
            names: .standard,
            timeouts: ClientTimeouts(head: 1_000_000_000, body: 1_000_000_000, keepAlive: 1_000_000_000)
        )
        shared = ClientContext(
            loop: LoopContext(eventLoop: eventLoop, shortestTimeout: 1_000_000_000),
            settings: settings,
            connectionLimit: ConnectionLimit(maximum: 1)
        )
        connection = HTTP1Connection(shared: shared, isLimited: false)
        receiver = ScriptedReceiver(connection)
        connection.serve(receiver)
        channel = EmbeddedChannel(loop: eventLoop)
        try channel.pipeline.syncOperations.addHandler(pipe)
        try channel.pipeline.syncOperations.addHandler(connection)
        channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
    }

    func send(_ text: String) throws { try channel.writeInbound(ByteBuffer(string: text)) }

    /// Responds to the request in hand.
    ///
    /// - Parameter early: its body is wanted no more.
    func respond(early: Bool = false) {
        shared.loop.run { receiver.respond(early: early) }
    }

    /// The client sends no more, and reads on.
    func endSending() {
        channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    }

    func setWritable(_ isWritable: Bool) {
        guard channel.isWritable != isWritable else { return }
        channel.isWritable = isWritable
        channel.pipeline.fireChannelWritabilityChanged()
    }

    /// All that went out since the last look.
    func output() throws -> String {
        var text = ""
        while let bytes = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: bytes) }
        return text
    }

    /// The targets that were responded to.
    func responses() throws -> [String] {
        try output().split(separator: "\r\n").compactMap { line in
            line.hasPrefix("x-target: ") ? String(line.dropFirst("x-target: ".utf8.count)) : nil
        }
    }
}

/// Takes requests, and responds when it is told to.
private final class ScriptedReceiver: RequestReceiver {
    private let stream: any ClientStream
    private(set) var begun: [String] = []
    private(set) var begunUnder: [ClientSettings] = []
    private(set) var body = ""
    private(set) var hasEnded = false
    private(set) var isActive = false
    private(set) var faults = 0
    private(set) var goneCount = 0
    private(set) var lastFinish: Bool?
    /// One call came within another.
    private(set) var wasNested = false
    private var depth = 0

    init(_ stream: any ClientStream) { self.stream = stream }

    private func call(_ body: () -> Void) {
        depth += 1
        if depth > 1 { wasNested = true }
        body()
        depth -= 1
    }

    func respond(early: Bool) {
        call {
            isActive = false
            var fields = FieldBlock()
            fields.append("x-target") { $0.writeString(begun.last ?? "") }
            if early { stream.discardRequestBody() }
            stream.sendHead(200, body: early ? .length(2) : .unknown, fields: fields)
            stream.sendBody(ByteBuffer(string: "ok"))
            lastFinish = stream.finish()
        }
    }

    func begin(_ head: inout RequestHead, under settings: ClientSettings) {
        call {
            begunUnder.append(settings)
            let bytes = head.arena
            let path = Array(copying: bytes.readableBytesUInt8Span.extracting(head.path.range))
            begun.append(String(decoding: path, as: UTF8.self))
            body = ""
            isActive = true
            hasEnded = head.framing == .none
        }
    }

    func settingsChanged() { call {} }

    let bodyDemand = BodyDemand.all

    func receiveBody(_ bytes: ByteBuffer) { call { body += String(buffer: bytes) } }
    func receivePaused() { call {} }
    func receiveEnd() { call { hasEnded = true } }
    func receiveFault(_ fault: RequestFault) {
        call {
            isActive = true
            hasEnded = true
            faults += 1
        }
    }
    func writabilityChanged(_ isWritable: Bool) { call {} }
    func clientGone() { call { goneCount += 1 } }
}

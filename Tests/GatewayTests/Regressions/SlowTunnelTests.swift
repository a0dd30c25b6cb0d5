import Glibc
import JSON
import Testing

/// While a service took so little at a time that the gateway could pass nothing on, the tunnel was once taken for idle; and
/// later still where all that was left of it was with the kernel.
@Suite("A tunnel of which one side reads slowly")
struct SlowTunnelTests {
    private static let head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: lines\r\nConnection: Upgrade\r\n\r\n"

    private static func route(idleTimeout: String) -> String {
        #"{"path":"/**","service":"s","auth":"none","upgrade":{"protocols":["lines"],"idleTimeout":"\#(idleTimeout)"}}"#
    }

    private static func open(_ gateway: TestGateway) throws -> RawClient {
        let client = try gateway.client(receiveBuffer: 4 << 10)
        try client.sendRequest("GET", "/", fields: ["Connection: Upgrade", "Upgrade: lines"])
        #expect(try client.readOne().status == 101)
        return client
    }

    /// Reads so much of it at a time that the kernel says so once a second, and in all less than there is; after some
    /// milliseconds the rest.
    private static func readSlowly(_ total: Int, for milliseconds: Int64, from socket: Socket) throws {
        let end = TestClock.milliseconds() + milliseconds
        var count = 0
        while count < total {
            let isSlow = TestClock.milliseconds() < end
            let bytes = try socket.receive(upTo: isSlow ? 600 : 64 << 10)
            guard !bytes.isEmpty else { throw MessageFault.cut(body: []) }
            count += bytes.count
            if isSlow { poll(nil, 0, 100) }
        }
    }

    /// More than the kernel takes, and so little that the gateway has nothing to hold back.
    private static let amounts = [(2 << 20, Int64(7_500)), (30_000, 4_500)]

    @Test("is not idle where it is the service", arguments: amounts)
    func service(total: Int, milliseconds: Int64) async throws {
        let isRead = Watched(false)
        let service = try ScriptedService.start(segment: 512, receiveBuffer: 4 << 10) { peer in
            guard try peer.readRequest() != nil else { return }
            try peer.send(Self.head)
            try Self.readSlowly(total, for: milliseconds, from: peer.socket)
            try peer.send("all")
            isRead.withLock { $0 = true }
        }
        try await TestGateway.run(service: service, routes: [Self.route(idleTimeout: "3s")]) { gateway in
            let client = try Self.open(gateway)
            try client.send([UInt8](repeating: 7, count: total))
            try isRead.wait(for: "the service to read", within: 3 * longestWait) { $0 }
            // A tunnel that was ended before has no way for it any more.
            #expect(try client.reader.readToEnd() == Array("all".utf8))
        }
        service.expectNoFaults()
    }

    @Test("is not idle where it is the client", arguments: amounts)
    func client(total: Int, milliseconds: Int64) async throws {
        let (isRead, word) = (Watched(false), Watched(""))
        let service = try ScriptedService.start { peer in
            guard try peer.readRequest() != nil else { return }
            try peer.send(Self.head)
            _ = try peer.readBody(2)
            try peer.send([UInt8](repeating: 7, count: total))
            try isRead.wait(for: "the client to read", within: 3 * longestWait) { $0 }
            let last = try peer.readToEnd()
            word.withLock { $0 = String(decoding: last, as: UTF8.self) }
        }
        try await TestGateway.run(service: service, routes: [Self.route(idleTimeout: "3s")]) { gateway in
            let client = try Self.open(gateway)
            try client.send("go")
            try Self.readSlowly(total, for: milliseconds, from: client.socket)
            try client.send("all")
            isRead.withLock { $0 = true }
            client.close()
            try service.waitForEnds(1)
        }
        #expect(word.withLock { $0 } == "all")
        service.expectNoFaults()
    }

    @Test("is idle once that side reads nothing any more", arguments: [2 << 20, 30_000])
    func stalled(total: Int) async throws {
        let gate = Gate()
        let service = try ScriptedService.start(segment: 512, receiveBuffer: 4 << 10) { peer in
            guard try peer.readRequest() != nil else { return }
            try peer.send(Self.head)
            try gate.wait()
        }
        let log = try await TestGateway.run(service: service, routes: [Self.route(idleTimeout: "1s")]) { gateway in
            let client = try Self.open(gateway)
            let socket = client.socket
            let sender = try BlockingThread { try? socket.send([UInt8](repeating: 7, count: total)) }
            #expect(try client.reader.readToEnd().isEmpty)
            gate.open()
            sender.join()
            client.close()
        }
        #expect(try log.entries().map { $0["close"]?.string } == ["idle"])
    }

    /// What was left at a look, and has gone since with bytes of the other side behind it, says nothing of the next look.
    @Test("is idle one time-out after its last byte, whatever a look before that has seen")
    func forgets() async throws {
        let (total, idle) = (30_000, Int64(2_000))
        let service = try ScriptedService.start(segment: 512, receiveBuffer: 4 << 10) { peer in
            guard try peer.readRequest() != nil else { return }
            try peer.send(Self.head)
            // Over the first look, at which most of it is still on its way.
            poll(nil, 0, Int32(idle + idle / 4))
            _ = try peer.readBody(total)
            try peer.send("x")
            _ = try peer.readToEnd()
        }
        let log = try await TestGateway.run(service: service, routes: [Self.route(idleTimeout: "2s")]) { gateway in
            let client = try Self.open(gateway)
            try client.send([UInt8](repeating: 7, count: total))
            #expect(try client.reader.readExactly(1) == Array("x".utf8))
            let last = TestClock.milliseconds()
            #expect(try client.reader.readToEnd().isEmpty)
            let took = TestClock.milliseconds() - last
            // Another time-out would make it twice as long.
            #expect(idle - 100..<idle + idle / 2 ~= took, "\(took) ms")
            client.close()
        }
        #expect(try log.entries().map { $0["close"]?.string } == ["idle"])
        service.expectNoFaults()
    }
}

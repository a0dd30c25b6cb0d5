import Glibc
import JSON
import Testing

/// While a service took so little at a time that the gateway could pass nothing on, the tunnel was once taken for idle; and
/// later still where all that was left of it was with the kernel.
@Suite("A tunnel of which one side reads slowly")
struct SlowTunnelTests {
    private static let head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: lines\r\nConnection: Upgrade\r\n\r\n"

    private static func route(_ path: String, idleTimeout: String) -> String {
        let upgrade = #"{"protocols":["lines"],"idleTimeout":"\#(idleTimeout)"}"#
        return #"{"path":"\#(path)","service":"s","auth":"none","upgrade":\#(upgrade)}"#
    }

    private static func open(_ gateway: TestGateway, _ target: String = "/") throws -> RawClient {
        let client = try gateway.client(receiveBuffer: 4 << 10)
        try client.sendRequest("GET", target, fields: ["Connection: Upgrade", "Upgrade: lines"])
        guard try client.readOne().status == 101 else { throw MessageFault.malformed("no 101") }
        return client
    }

    // MARK: - Time as the gateway has it

    /// Opens a tunnel that nothing moves on, and returns when the gateway has ended it. Any tunnel with that time-out, or a
    /// shorter one, that was opened before has been looked at meanwhile.
    private static func passTimeout(_ gateway: TestGateway, _ target: String) throws {
        let silent = try open(gateway, target)
        defer { silent.close() }
        guard try silent.reader.readToEnd().isEmpty else { throw MessageFault.malformed("bytes of a silent tunnel") }
    }

    /// Passes one time-out after the other on a thread of its own.
    private static func passTimeouts(
        _ gateway: TestGateway,
        _ targets: [String],
        then isOver: Watched<Bool>,
        _ faults: Watched<[String]>
    ) throws -> BlockingThread {
        try BlockingThread {
            do {
                for target in targets { try passTimeout(gateway, target) }
            } catch {
                faults.withLock { $0.append("\(error)") }
            }
            isOver.withLock { $0 = true }
        }
    }

    private static let routes = [route("/**", idleTimeout: "3s"), route("/short", idleTimeout: "1s")]

    /// More than the kernel takes, and so little that the gateway has nothing to hold back; with the silent tunnels whose
    /// time-outs pass meanwhile. The short one is for the time in which bytes still moved beside the first one.
    private static let amounts = [(2 << 20, ["/silent", "/silent", "/short"]), (30_000, ["/silent", "/short"])]

    /// Reads so much of it at a time that the kernel says so once a second, and in all less than there is; once the
    /// time-outs have passed, the rest.
    private static func readSlowly(_ total: Int, until isOver: Watched<Bool>, from socket: Socket) throws {
        var count = 0
        while count < total {
            let isSlow = !isOver.withLock { $0 }
            let bytes = try socket.receive(upTo: isSlow ? 600 : 64 << 10)
            guard !bytes.isEmpty else { throw MessageFault.cut(body: []) }
            count += bytes.count
            if isSlow { poll(nil, 0, 100) }
        }
    }

    @Test("is not idle where it is the service", arguments: amounts)
    func service(total: Int, timeouts: [String]) async throws {
        let (isOver, isRead, faults) = (Watched(false), Watched(false), Watched<[String]>([]))
        let service = try ScriptedService.start(segment: 512, receiveBuffer: 4 << 10) { peer in
            guard let request = try peer.readRequest() else { return }
            try peer.send(Self.head)
            guard request.target == "/" else {
                _ = try peer.readToEnd()
                return
            }
            try Self.readSlowly(total, until: isOver, from: peer.socket)
            try peer.send("all")
            isRead.withLock { $0 = true }
        }
        try await TestGateway.run(service: service, routes: Self.routes) { gateway in
            let client = try Self.open(gateway)
            let passing = try Self.passTimeouts(gateway, timeouts, then: isOver, faults)
            try client.send([UInt8](repeating: 7, count: total))
            try isRead.wait(for: "the service to read", within: 3 * longestWait) { $0 }
            // A tunnel that was ended before has no way for it any more.
            #expect(try client.reader.readToEnd() == Array("all".utf8))
            passing.join()
        }
        #expect(faults.withLock { $0 } == [])
        service.expectNoFaults()
    }

    @Test("is not idle where it is the client", arguments: amounts)
    func client(total: Int, timeouts: [String]) async throws {
        let (isOver, isRead, faults) = (Watched(false), Watched(false), Watched<[String]>([]))
        let word = Watched("")
        let service = try ScriptedService.start { peer in
            guard let request = try peer.readRequest() else { return }
            try peer.send(Self.head)
            guard request.target == "/" else {
                _ = try peer.readToEnd()
                return
            }
            _ = try peer.readBody(2)
            try peer.send([UInt8](repeating: 7, count: total))
            try isRead.wait(for: "the client to read", within: 3 * longestWait) { $0 }
            let last = try peer.readToEnd()
            word.withLock { $0 = String(decoding: last, as: UTF8.self) }
        }
        try await TestGateway.run(service: service, routes: Self.routes) { gateway in
            let client = try Self.open(gateway)
            try client.send("go")
            let passing = try Self.passTimeouts(gateway, timeouts, then: isOver, faults)
            try Self.readSlowly(total, until: isOver, from: client.socket)
            try client.send("all")
            isRead.withLock { $0 = true }
            client.close()
            passing.join()
            try service.waitForEnds(1 + timeouts.count)
        }
        #expect(word.withLock { $0 } == "all")
        #expect(faults.withLock { $0 } == [])
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
        let route = Self.route("/**", idleTimeout: "1s")
        let log = try await TestGateway.run(service: service, routes: [route]) { gateway in
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
        let total = 30_000
        let gate = Gate()
        let service = try ScriptedService.start(segment: 512, receiveBuffer: 4 << 10) { peer in
            guard let request = try peer.readRequest() else { return }
            try peer.send(Self.head)
            if request.target == "/tested" {
                try gate.wait()
                _ = try peer.readBody(total)
                try peer.send("x")
            }
            _ = try peer.readToEnd()
        }
        let routes = [("/first", "2s"), ("/tested", "2s"), ("/shorter", "1s"), ("/longer", "3s")]
            .map { Self.route($0, idleTimeout: $1) }
        // One worker has one clock, and one order in the log.
        let oneWorker = ["workers": "1"]
        let log = try await TestGateway.run(service: service, routes: routes, members: oneWorker) { gateway in
            let tested = try Self.open(gateway, "/tested")
            try tested.send([UInt8](repeating: 7, count: total))
            #expect(try PortQueues.wait(port: gateway.port) { $0.inward == 0 })
            // The first look at the tested tunnel comes before this one ends, with most of the bytes still on their way.
            try Self.passTimeout(gateway, "/first")
            let shorter = try Self.open(gateway, "/shorter")
            gate.open()
            #expect(try tested.reader.readExactly(1) == Array("x".utf8))
            let longer = try Self.open(gateway, "/longer")
            for client in [shorter, tested, longer] {
                #expect(try client.reader.readToEnd().isEmpty)
                client.close()
            }
        }
        // The tested tunnel ends two seconds after its last byte. "/shorter" began before that byte and lasts one second,
        // "/longer" began after the byte and lasts three. With another time-out it would be four.
        let ends = try log.entries()
        #expect(ends.map { $0["route"]?.string } == ["/first", "/shorter", "/tested", "/longer"])
        #expect(ends.allSatisfy { $0["close"]?.string == "idle" })
        service.expectNoFaults()
    }
}

import JSON
import Testing

@testable import Gateway

@Suite("The deadline of a request's body")
struct BodyDeadlineTests {
    private static let second: Int64 = 1_000_000_000
    /// What a byte is worth at 256 bytes a second.
    private static let byte: Int64 = second / 256

    @Test("a byte moves it by a byte's worth, and not to a whole time-out from now")
    func singleBytes() throws {
        let bench = try ExchangeBench()
        try bench.begin("POST /a HTTP/1.1", "content-length: 1000")
        _ = try bench.connect()
        // The time-out of 30 s is as good as over.
        bench.exchange.deadline = bench.worker.loop.now + Self.second
        for _ in 0..<3 {
            let former = bench.exchange.deadline
            bench.send("x")
            #expect(bench.exchange.deadline == former + Self.byte)
        }
        try bench.passDeadline()
        #expect(bench.stream.status == 408 && bench.stream.sent.contains(.closeAfterResponse))
        _ = bench.stop()
    }

    @Test("what came before is credit for one time-out, however much it was")
    func credit() throws {
        let bench = try ExchangeBench()
        try bench.begin("POST /a HTTP/1.1", "content-length: 1000000")
        _ = try bench.connect()
        bench.send(String(repeating: "x", count: 30_000))
        #expect(bench.exchange.deadline == bench.worker.loop.now + 30 * Self.second)
        _ = bench.stop()
    }

    @Test("begins anew once a service takes more that did not")
    func slowService() throws {
        let bench = try ExchangeBench()
        try bench.begin("POST /a HTTP/1.1", "content-length: 1000")
        let service = try bench.connect()
        service.setWritable(false)
        bench.send("x")
        #expect(bench.exchange.wait == .serviceStall)
        bench.exchange.deadline = bench.worker.loop.now + Self.second
        service.setWritable(true)
        #expect(bench.exchange.wait == .body)
        #expect(bench.exchange.deadline > bench.worker.loop.now + 29 * Self.second)
        _ = bench.stop()
    }

    @Test("stays where it is on the gateway's own endpoints: the whole body has one time-out")
    func endpoint() throws {
        let bench = try ExchangeBench()
        try bench.begin("POST /auth/login HTTP/1.1", "content-length: 1000")
        let former = bench.exchange.deadline
        bench.exchange.deadline = former - Self.second
        bench.send("x")
        #expect(bench.exchange.deadline == former - Self.second)
        try bench.passDeadline()
        #expect(bench.stream.status == 408)
        _ = bench.stop()
    }

    @Test("a request to a service with few connections waits for its body first")
    func awaited() throws {
        let bench = try ExchangeBench()
        bench.stream.heldInput = 0
        try bench.begin("POST /a HTTP/1.1", "content-length: 4")
        #expect(bench.cluster.waitingHere == 0 && bench.exchange.bodyDemand == .awaited)
        #expect(bench.stream.sent == [.pleaseContinue])
        #expect(!bench.exchange.receiveAwaited(3))
        bench.stream.heldInput = 4
        bench.worker.loop.run { #expect(bench.exchange.receiveAwaited(4)) }
        #expect(bench.cluster.waitingHere == 1 && bench.exchange.bodyDemand == .nothing)
        let service = try bench.connect()
        bench.send("body", isLast: true)
        #expect(try service.received().hasSuffix("\r\n\r\nbody"))
        _ = bench.stop()
    }

    @Test("a body that is awaited in vain is 408")
    func awaitedInVain() throws {
        let bench = try ExchangeBench()
        bench.stream.heldInput = 0
        try bench.begin("POST /a HTTP/1.1", "content-length: 4")
        try bench.passDeadline()
        #expect(bench.stream.status == 408 && bench.stream.sent.contains(.closeAfterResponse))
        #expect(bench.cluster.waitingHere == 0)
        #expect(try bench.stop().entries().map { $0["status"]?.integer } == [408])
    }

    @Test("arithmetic at its edges", arguments: [Int64.max, 1_000_000_000, 1])
    func edges(nanosecondsPerByte: Int64) {
        let timeouts = ClientTimeouts(head: 1, body: 1, keepAlive: 1, nanosecondsPerByte: nanosecondsPerByte)
        #expect(timeouts.bodyDeadline(after: .max, count: 1) == .max)
        #expect(timeouts.bodyDeadline(after: 7, count: .max) == .max)
        let far = nanosecondsPerByte == .max
        #expect(timeouts.bodyDeadline(after: 7, count: 2) == (far ? .max : 7 + 2 * nanosecondsPerByte))
    }
}

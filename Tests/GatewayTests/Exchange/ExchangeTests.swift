import JSON
import NIOCore
import Testing

@testable import Gateway

/// The rows of "what may happen at any moment" in docs/phases.md, one request each.
@Suite("One request, whatever client, service and clock do")
struct ExchangeTests {
    private static let ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"

    private static func entries(_ bench: ExchangeBench) throws -> [JSONNode] { try bench.stop().entries() }

    @Test("a request and its response pass, and the connection to the service is kept")
    func whole() throws {
        let bench = try ExchangeBench()
        try bench.begin("POST /a HTTP/1.1", "content-length: 4")
        #expect(bench.exchange.bodyDemand == .nothing)
        let service = try bench.connect()
        #expect(bench.stream.sent == [.pleaseContinue, .resumeReading])
        bench.send("bo")
        bench.send("dy", isLast: true)
        let request = try service.received()
        #expect(request.hasPrefix("POST /a HTTP/1.1\r\nhost: 127.0.0.1:1\r\n") && request.hasSuffix("\r\n\r\nbody"))
        bench.stream.forget()
        try service.send(Self.ok)
        #expect(bench.stream.sent == [.head(200, .length(2)), .body("ok"), .finish])
        #expect(!service.isClosed)
        let entries = try Self.entries(bench)
        #expect(entries.map { $0["status"]?.integer } == [200])
        #expect(entries.first?["bytesIn"]?.integer == 4 && entries.first?["bytesOut"]?.integer == 2)
    }

    // MARK: - The client leaves

    @Test("a client that leaves before the response ends the exchange, and the log says 499", arguments: [false, true])
    func leaves(isConnected: Bool) throws {
        let bench = try ExchangeBench()
        try bench.begin("GET /a HTTP/1.1")
        let service = isConnected ? try bench.connect() : nil
        bench.leave()
        #expect(service?.isClosed != false)
        #expect(bench.cluster.waitingHere == 0)
        #expect(bench.stream.sent.isEmpty)
        let entries = try Self.entries(bench)
        #expect(entries.map { $0["status"]?.integer } == [499])
        #expect(entries.first?["close"]?.string == "the client disconnected")
    }

    @Test("a client that leaves within the response ends the exchange")
    func leavesWithin() throws {
        let bench = try ExchangeBench()
        try bench.begin("GET /a HTTP/1.1")
        let service = try bench.connect()
        try service.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhel")
        bench.leave()
        #expect(service.isClosed)
        #expect(!bench.stream.sent.contains(.finish))
        let entries = try Self.entries(bench)
        #expect(entries.map { $0["status"]?.integer } == [200])
        #expect(entries.first?["bytesOut"]?.integer == 3)
        #expect(entries.first?["close"]?.string == "the client disconnected")
    }

    @Test("a write to the client that fails is told afterwards, and the request is recorded once")
    func failedWrite() throws {
        let bench = try ExchangeBench()
        try bench.begin("GET /a HTTP/1.1")
        let service = try bench.connect()
        bench.stream.duringFlush = { $0.isGone = true }
        try service.send(Self.ok)
        #expect(bench.exchange.request.isActive)
        bench.leave()
        #expect(!bench.exchange.request.isActive)
        #expect(try Self.entries(bench).map { $0["close"]?.string } == ["the client disconnected"])
    }

    // MARK: - The service fails

    @Test("a request that nobody saw is sent again once, on a new connection")
    func sendsAgain() throws {
        let bench = try ExchangeBench()
        try bench.begin("GET /a HTTP/1.1")
        let first = try bench.connect(isUsed: true)
        let head = try first.received()
        first.close()
        #expect(bench.stream.sent.isEmpty)
        let second = try bench.connect()
        #expect(try second.received() == head)
        try second.send(Self.ok)
        #expect(bench.stream.status == 200)
        #expect(try Self.entries(bench).map { $0["status"]?.integer } == [200])
    }

    @Test(
        "a request that may have been seen is not sent again",
        arguments: [
            (["GET /a HTTP/1.1"], false), (["POST /a HTTP/1.1"], true),
            (["PUT /a HTTP/1.1", "content-length: 1"], true),
        ] as [([String], Bool)]
    )
    func sendsOnce(_ lines: [String], isUsed: Bool) throws {
        let bench = try ExchangeBench()
        try bench.begin(lines)
        let service = try bench.connect(isUsed: isUsed)
        if lines.count > 1 { bench.send("x", isLast: true) }
        service.close()
        #expect(bench.stream.status == 502)
        #expect(bench.stream.body.contains(#""code":30000"#) && bench.stream.body.contains("UPSTREAM_PROTOCOL"))
        #expect(bench.cluster.waitingHere == 0)
        #expect(try Self.entries(bench).count == 1)
    }

    @Test("a write to the service that fails ends nothing before it returns, and counts as its close")
    func brokenPipe() throws {
        let bench = try ExchangeBench()
        try bench.begin("GET /a HTTP/1.1")
        let broken = try bench.connect(isUsed: true, broken: [])
        #expect(broken.isClosed)
        // The exchange is where it would be had the service closed a moment later.
        let second = try bench.connect()
        try second.send(Self.ok)
        #expect(bench.stream.status == 200)
        #expect(try Self.entries(bench).count == 1)
    }

    @Test("without a descriptor for a connection no target is blamed, and no other one is tried")
    func noDescriptor() throws {
        let bench = try ExchangeBench(targets: 2)
        try bench.begin("GET /a HTTP/1.1")
        let target = try #require(bench.exchange.request.target)
        try bench.failToConnect(.noConnection)
        #expect(bench.stream.status == 503 && bench.stream.body.contains("UPSTREAM_UNAVAILABLE"))
        #expect(target.counters.connectFailures == 0 && bench.cluster.waitingHere == 0)
        #expect(try Self.entries(bench).map { $0["close"]?.string } == ["too many connections"])
    }

    @Test("where no connection comes about, each other target is tried, and then the client gets 30000")
    func failsOver() throws {
        let bench = try ExchangeBench(targets: 2)
        try bench.begin("POST /a HTTP/1.1")
        let first = bench.exchange.request.target
        try bench.failToConnect()
        #expect(bench.stream.sent.isEmpty)
        #expect(bench.exchange.request.target !== first)
        try bench.failToConnect()
        #expect(bench.stream.status == 502)
        #expect(bench.stream.body.contains("UPSTREAM_CONNECT"))
        #expect(bench.cluster.targets.allSatisfy { $0.active == 0 })
        #expect(try Self.entries(bench).count == 1)
    }

    @Test("a failure that breaks off is answered with what is there")
    func brokenFailure() throws {
        let bench = try ExchangeBench()
        try bench.begin("GET /a HTTP/1.1")
        let service = try bench.connect()
        try service.send("HTTP/1.1 500 Oops\r\ncontent-type: text/plain\r\ncontent-length: 100\r\n\r\nbro")
        #expect(bench.stream.sent.isEmpty)
        service.close()
        #expect(bench.stream.status == 500)
        #expect(bench.stream.body.contains(#""data":"bro""#) && bench.stream.body.contains(#""truncated":true"#))
        #expect(bench.stream.sent.last == .finish)
        #expect(try Self.entries(bench).map { $0["status"]?.integer } == [500])
    }

    @Test("a response that breaks off is reset, never ended")
    func brokenResponse() throws {
        let bench = try ExchangeBench()
        try bench.begin("GET /a HTTP/1.1")
        let service = try bench.connect()
        try service.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhel")
        service.close()
        #expect(bench.stream.sent == [.head(200, .length(10)), .body("hel"), .reset])
        let entries = try Self.entries(bench)
        #expect(entries.count == 1)
        #expect(entries.first?["close"]?.string == "closed within the response")
    }

    @Test("a response before the request's end is passed on, and its connection is not used again")
    func earlyResponse() throws {
        let bench = try ExchangeBench()
        try bench.begin("POST /a HTTP/1.1", "content-length: 10")
        let service = try bench.connect()
        bench.send("abc")
        try service.send(Self.ok)
        #expect(bench.stream.status == 200)
        #expect(bench.stream.sent.last == .finish)
        #expect(service.isClosed)
        #expect(try Self.entries(bench).count == 1)
    }

    @Test("a byte on an idle connection closes it and is counted")
    func strayByte() throws {
        let bench = try ExchangeBench()
        try bench.begin("GET /a HTTP/1.1")
        let service = try bench.connect()
        try service.send(Self.ok)
        #expect(!service.isClosed)
        try service.send("x")
        #expect(service.isClosed)
        #expect(bench.cluster.targets[0].counters.strayResponses == 1)
        #expect(bench.cluster.targets[0].idleCount == 0)
        _ = bench.stop()
    }

    // MARK: - One side is slow

    @Test("while the client reads slowly nothing is read from the service")
    func slowClient() throws {
        let bench = try ExchangeBench()
        try bench.begin("GET /a HTTP/1.1")
        let service = try bench.connect()
        try service.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhel")
        bench.setWritable(false)
        #expect(service.connection.readPaused)
        #expect(bench.exchange.wait == .clientStall)
        bench.stream.hasProgressed = true
        try bench.passDeadline()
        #expect(bench.exchange.wait == .clientStall)
        bench.setWritable(true)
        #expect(!service.connection.readPaused)
        #expect(bench.exchange.wait == .serviceIdle)
        try service.send("lo world")
        #expect(bench.stream.body == "hello worl")
        _ = bench.stop()
    }

    @Test("a client that takes nothing for long is let go")
    func stalledClient() throws {
        let bench = try ExchangeBench()
        try bench.begin("GET /a HTTP/1.1")
        let service = try bench.connect()
        try service.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhel")
        bench.setWritable(false)
        try bench.passDeadline()
        #expect(bench.stream.sent.last == .reset)
        #expect(service.isClosed)
        #expect(try Self.entries(bench).map { $0["close"]?.string } == ["the client disconnected"])
    }

    @Test("while the service reads slowly nothing is read from the client")
    func slowService() throws {
        let bench = try ExchangeBench()
        try bench.begin("POST /a HTTP/1.1", "content-length: 10")
        let service = try bench.connect()
        #expect(bench.exchange.bodyDemand == .all)
        service.setWritable(false)
        bench.send("abc")
        #expect(bench.exchange.bodyDemand == .received)
        #expect(bench.exchange.wait == .serviceStall)
        bench.stream.forget()
        service.setWritable(true)
        #expect(bench.exchange.bodyDemand == .all)
        #expect(bench.stream.sent == [.resumeReading])
        #expect(bench.exchange.wait == .body)
        _ = bench.stop()
    }

    // MARK: - Deadlines and the end

    @Test("a client that does not send its body gets 408, and its connection is not used again")
    func slowBody() throws {
        let bench = try ExchangeBench()
        try bench.begin("POST /a HTTP/1.1", "content-length: 10")
        let service = try bench.connect()
        bench.send("abc")
        bench.stream.forget()
        #expect(bench.exchange.wait == .body)
        try bench.passDeadline()
        #expect(bench.stream.status == 408)
        #expect(bench.stream.sent.first == .closeAfterResponse)
        #expect(service.isClosed)
        #expect(try Self.entries(bench).map { $0["status"]?.integer } == [408])
    }

    @Test("a service that does not respond gives 504")
    func slowResponse() throws {
        let bench = try ExchangeBench()
        try bench.begin("GET /a HTTP/1.1")
        let service = try bench.connect()
        #expect(bench.exchange.wait == .firstByte)
        try bench.passDeadline()
        #expect(bench.stream.status == 504)
        #expect(service.isClosed)
        #expect(try Self.entries(bench).map { $0["status"]?.integer } == [504])
    }

    @Test("a response that stops for long is reset")
    func stalledResponse() throws {
        let bench = try ExchangeBench()
        try bench.begin("GET /a HTTP/1.1")
        let service = try bench.connect()
        try service.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhel")
        #expect(bench.exchange.wait == .serviceIdle)
        try bench.passDeadline()
        #expect(bench.stream.sent.last == .reset)
        #expect(service.isClosed)
        #expect(try Self.entries(bench).count == 1)
    }

    @Test("where no connection becomes free in time, the client gets 503")
    func noConnection() throws {
        let bench = try ExchangeBench()
        try bench.begin("GET /a HTTP/1.1")
        #expect(bench.exchange.wait == .connection)
        try bench.passDeadline()
        #expect(bench.stream.status == 503)
        #expect(bench.stream.body.contains("UPSTREAM_UNAVAILABLE"))
        #expect(bench.cluster.waitingHere == 0)
        #expect(try Self.entries(bench).count == 1)
    }

    @Test("a stop lets what runs finish and refuses what begins")
    func stopping() throws {
        let bench = try ExchangeBench()
        try bench.begin("GET /a HTTP/1.1")
        let service = try bench.connect()
        bench.drain()
        try service.send(Self.ok)
        #expect(bench.stream.status == 200)
        bench.stream.forget()
        try bench.begin("GET /a HTTP/1.1")
        try bench.connect().send(Self.ok)
        #expect(bench.stream.status == 200)
        #expect(try Self.entries(bench).map { $0["status"]?.integer } == [200, 200])
    }
}

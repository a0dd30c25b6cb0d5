import HTTPWire
import JSON
import Login
import NIOCore
import NIOEmbedded
import Testing

@testable import Gateway

/// Events in an order that a socket brings about once in a while.
@Suite("One request, and events that come late or within another one")
struct ExchangeRaceTests {
    private static let ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"

    private static func entries(_ bench: ExchangeBench) throws -> [JSONNode] { try bench.stop().entries() }

    // MARK: - What comes late, for the next request of the same exchange

    @Test("a connection that comes late goes to the pool, and the next request gets its own")
    func lateConnection() throws {
        let bench = try ExchangeBench()
        try bench.begin("GET /1 HTTP/1.1")
        let (late, free) = (try bench.attempt(), try bench.freeConnection())
        try bench.passDeadline()
        #expect(bench.stream.status == 503)
        bench.stream.forget()
        try bench.begin("GET /2 HTTP/1.1")
        bench.worker.loop.run { late.succeed(free.channel) }
        #expect(bench.exchange.service == nil && bench.cluster.waitingHere == 1)
        #expect(try free.received() == "" && bench.cluster.targets[0].idleCount == 1)
        let own = try bench.connect()
        #expect(try own.received().hasPrefix("GET /2 "))
        try own.send(Self.ok)
        #expect(bench.stream.status == 200)
        #expect(try Self.entries(bench).map { $0["status"]?.integer } == [503, 200])
    }

    @Test("an attempt that fails late is not the next request's")
    func lateFailure() throws {
        let bench = try ExchangeBench()
        try bench.begin("GET /1 HTTP/1.1")
        let late = try bench.attempt()
        try bench.passDeadline()
        bench.stream.forget()
        try bench.begin("GET /2 HTTP/1.1")
        bench.worker.loop.run { late.fail(ChannelError.connectTimeout(.seconds(2))) }
        #expect(bench.stream.sent.isEmpty && bench.cluster.waitingHere == 1)
        try bench.connect().send(Self.ok)
        #expect(bench.stream.status == 200)
        #expect(try Self.entries(bench).map { $0["status"]?.integer } == [503, 200])
    }

    @Test("a reply of an endpoint that comes late answers nobody")
    func lateReply() throws {
        let bench = try ExchangeBench()
        try bench.begin("GET /1 HTTP/1.1")
        bench.exchange.stage = .calling
        let former = bench.exchange.generation
        bench.exchange.expect(.endpoint, within: 1)
        try bench.passDeadline()
        #expect(bench.stream.status == 503)
        bench.stream.forget()
        try bench.begin("GET /2 HTTP/1.1")
        bench.exchange.stage = .calling
        bench.worker.loop.run {
            EndpointPhase.replied(EndpointReply(.badRequest("late")), generation: former, bench.exchange)
        }
        #expect(bench.stream.sent.isEmpty && bench.exchange.request.isActive)
        bench.worker.loop.run {
            let generation = bench.exchange.generation
            EndpointPhase.replied(EndpointReply(.badRequest("own")), generation: generation, bench.exchange)
        }
        #expect(bench.stream.status == 400)
        _ = bench.stop()
    }

    // MARK: - Events within a failed write

    @Test("what a service said before it refused the rest of a body is its response")
    func responseBeforeReset() throws {
        let bench = try ExchangeBench()
        try bench.begin("POST /a HTTP/1.1", "content-length: 10")
        let response = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nearly"
        let service = try bench.connect(broken: [String(response.prefix(20)), String(response.dropFirst(20))])
        bench.send("abc")
        #expect(bench.stream.status == 200 && bench.stream.body == "early")
        #expect(service.isClosed && bench.cluster.targets[0].idleCount == 0)
        #expect(try Self.entries(bench).map { $0["status"]?.integer } == [200])
    }

    @Test(
        "a response that runs to the close is whole only if the request's last piece was sent",
        arguments: [false, true]
    )
    func lastPieceFails(isBroken: Bool) throws {
        let bench = try ExchangeBench()
        try bench.begin("POST /a HTTP/1.1", "content-length: 6")
        let service = try bench.connect()
        bench.send("abc")
        try service.send("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\npart")
        #expect(bench.stream.status == 200 && bench.stream.body == "part")
        if isBroken { service.breakWrites() }
        bench.send("def", isLast: true)
        #expect(service.isClosed == isBroken)
        if !isBroken {
            #expect(try service.received().hasSuffix("abcdef"))
            service.close()
        }
        #expect(bench.stream.sent.contains(.reset) == isBroken)
        #expect(bench.stream.sent.contains(.finish) == !isBroken)
    }

    @Test("a call that was refused for its body is not made, whatever still comes of it")
    func refusedCall() throws {
        let bench = try ExchangeBench()
        try bench.begin("POST /auth/login HTTP/1.1", "transfer-encoding: chunked")
        #expect(bench.exchange.bodyDemand == .all)
        bench.stream.duringFlush = { $0.isGone = true }
        bench.send(String(repeating: "x", count: 70_000))
        #expect(bench.stream.status == 413 && bench.exchange.stage == .responded)
        #expect(bench.exchange.bodyDemand == .nothing)
        bench.send("{}", isLast: true)
        bench.worker.loop.run { bench.exchange.receiveFault(.malformed(.invalidChunkSize)) }
        #expect(bench.stream.status == 413 && bench.exchange.stage == .responded)
        bench.leave()
        #expect(try Self.entries(bench).map { $0["status"]?.integer } == [499])
    }

    @Test(
        "a client that resets the connection within a broken body ends its request once",
        arguments: [[], ["more"], ["3\r\nabc\r\n", "0\r\n\r\n", "GET / HTTP/1.1\r\n"]]
    )
    func brokenBody(held: [String]) throws {
        let bench = try ExchangeBench()
        for isOperator in [false, true] {
            let pipe = DrainingPipe()
            let channel = try isOperator ? bench.operatorsClient(pipe) : bench.client(pipe).channel
            let request = isOperator ? "GET /counters" : "POST /auth/login"
            let head = "\(request) HTTP/1.1\r\nhost: 127.0.0.1:9901\r\ntransfer-encoding: chunked\r\n\r\n"
            try channel.writeInbound(ByteBuffer(string: head + "2\r\n{}\r\n"))
            (pipe.isBroken, pipe.held) = (true, held)
            try channel.writeInbound(ByteBuffer(string: "ZZ\r\n"))
            #expect(!channel.isActive)
        }
        let entries = try Self.entries(bench)
        #expect(entries.map { $0["status"]?.integer } == [499, 499])
        #expect(entries.last?["route"]?.string == "/counters")
    }

    @Test("requests that arrive within a failed write are not served to a client that is gone")
    func pipelinedBehindReset() throws {
        let bench = try ExchangeBench()
        let pipe = DrainingPipe(isBroken: true, held: ["GET /2 HTTP/1.1\r\nhost: h\r\n\r\n"])
        let (channel, exchange) = try bench.client(pipe)
        try channel.writeInbound(ByteBuffer(string: "TRACE /1 HTTP/1.1\r\nhost: h\r\n\r\n"))
        #expect(!channel.isActive && !exchange.request.isActive)
        #expect(bench.cluster.waitingHere == 0)
        #expect(try Self.entries(bench).map { $0["method"]?.string } == ["TRACE"])
    }
}

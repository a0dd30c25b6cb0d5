import Testing

/// The long run of this is `Scripts/restart-targets`.
@Suite("A target that is killed and comes back, again and again")
struct RestartTests {
    /// Three targets that note each request's name before they answer; one of them can be killed.
    private final class Targets: Sendable {
        let names = Watched<[String: Int]>([:])
        let ports: [Int]
        private let services: Watched<[ScriptedService]>

        init() throws {
            let names = names
            let started = try (0..<3).map { _ in try Self.start(0, names) }
            ports = started.map(\.port)
            services = Watched(started)
        }

        private static func start(_ port: Int, _ names: Watched<[String: Int]>) throws -> ScriptedService {
            try ScriptedService.start(port: port) { peer in
                while let request = try peer.readRequest() {
                    names.withLock { $0[request.target, default: 0] += 1 }
                    try peer.send(ok())
                }
            }
        }

        /// Ends the first one with its connections, and starts it anew.
        func restart() throws {
            services.withLock { $0[0] }.stop()
            let again = try Self.start(ports[0], names)
            services.withLock { $0[0] = again }
        }

        func stop() {
            for service in services.withLock({ $0 }) { service.stop() }
        }
    }

    private struct Tally: Sendable {
        var done = 0
        var getFailures: [String] = []
        var postFailures: Set<String> = []
        var faults: [String] = []
    }

    @Test("all GETs succeed, POSTs fail only where they were under way, and none is doubled")
    func restarts() async throws {
        let targets = try Targets()
        defer { targets.stop() }
        let members = ["retries": #"{"budget":"100%"}"#, "ejection": #"{"time":"100ms"}"#]
        try await TestGateway.run(services: ["s": .ports(targets.ports, members)]) { gateway in
            let tally = Watched(Tally())
            let isOver = Watched(false)
            let clients = try (0..<8).map { number in
                try BlockingThread {
                    do {
                        let client = try gateway.client()
                        var index = 0
                        while !isOver.withLock({ $0 }) {
                            index += 1
                            let isPost = index % 2 == 0
                            let name = "/\(isPost ? "post" : "get")/\(number)/\(index)"
                            let response = try client.request(isPost ? "POST" : "GET", name, body: isPost ? "b" : nil)
                            tally.withLock { tally in
                                tally.done += 1
                                guard response.status != 200 else { return }
                                if isPost {
                                    tally.postFailures.insert(name)
                                } else {
                                    tally.getFailures.append("\(name) \(response.outcome)")
                                }
                            }
                        }
                    } catch {
                        tally.withLock { $0.faults.append("\(error)") }
                    }
                }
            }
            let kills = 10
            for _ in 0..<kills {
                let done = tally.withLock { $0.done }
                try tally.wait(for: "more requests") { $0.done > done + 100 || !$0.faults.isEmpty }
                try targets.restart()
            }
            isOver.withLock { $0 = true }
            for client in clients { client.join() }
            let result = tally.withLock { $0 }
            #expect(result.faults == [])
            #expect(result.getFailures == [])
            // Each kill meets at most what the eight clients had under way.
            #expect(result.postFailures.count <= 8 * kills)
            let names = targets.names.withLock { $0 }
            let doubled = names.filter { $0.key.hasPrefix("/post") && $0.value > 1 }
            #expect(doubled.isEmpty)
            print("restarts: \(result.done) requests, \(result.postFailures.count) POSTs failed at \(kills) kills")
        }
    }

    @Test("where all fails and is repeated, services see at most 1.2 times the requests")
    func budget() async throws {
        let failing = try (0..<2).map { _ in try ScriptedService.answering(answer("503 No", "{}")) }
        defer { for service in failing { service.stop() } }
        try await TestGateway.run(services: ["s": .ports(failing.map(\.port), ["retries": "{}"])]) { gateway in
            let client = try gateway.client()
            let begin = TestClock.milliseconds()
            for _ in 0..<1000 { #expect(try client.get("/").status == 503) }
            let seconds = Int(TestClock.milliseconds() - begin) / 1000 + 1
            let seen = failing.reduce(0) { $0 + $1.requests.count }
            // Three a second may always be repeated, beside the share: what counts only where the requests come slowly.
            let extra = seconds > 10 ? 203 + 3 * (seconds + 1) : 203
            #expect(seen > 1100 && seen <= 1000 + extra, "\(seen) in \(seconds) s")
            #expect(await gateway.count("retries.denied") > 0)
            print("budget: 1000 requests, \(seen) seen by the services")
        }
    }

    @Test(
        "a body is sent again from what is kept, and one that is too long is not",
        arguments: [1000, 60_000, 100_000]
    )
    func replay(count: Int) async throws {
        let good = try ScriptedService.answering(ok("good"))
        let bad = try ScriptedService.start { peer in _ = try peer.readRequest() }
        defer {
            good.stop()
            bad.stop()
        }
        try await TestGateway.run(
            services: ["s": .ports([bad.port, good.port], ["retries": "{}"])],
            members: ["workers": "1"]
        ) { gateway in
            let body = String(repeating: "abcdefghij", count: count / 10)
            let response = try gateway.client().request("PUT", "/x", body: body)
            if count < 65_536 {
                #expect(response.text == "good")
                #expect(good.requests.first?.text == body)
                #expect(bad.requests.first?["x-request-id"] == good.requests.first?["x-request-id"])
            } else {
                response.expectFailure("UPSTREAM_PROTOCOL", status: 502)
                #expect(good.requests.isEmpty)
            }
        }
    }

    @Test("a chunked body is sent again too")
    func chunkedReplay() async throws {
        let good = try ScriptedService.answering(ok("good"))
        let bad = try ScriptedService.start { peer in
            _ = try peer.readRequest()
            try peer.send(answer("502 No", "{}"))
        }
        defer {
            good.stop()
            bad.stop()
        }
        try await TestGateway.run(
            services: ["s": .ports([bad.port, good.port], ["retries": "{}"])],
            members: ["workers": "1"]
        ) { gateway in
            let client = try gateway.client()
            let head = "PUT /x HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"
            try client.send(head + "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
            #expect(try client.read().text == "good")
            #expect(good.requests.first?.text == "abcde")
            #expect(try client.livesOn())
        }
    }
}

import Glibc
import JSON
import Testing

/// Issue: each way of failing, for GET and POST, on a first or a reused connection; what it shows is the table in
/// docs/services.md.
@Suite("Each way in which a target may fail")
struct ServiceFailureTests {
    /// What a target does with a request that it has read.
    struct Failure: Sendable {
        var name: String
        var script: ScriptedService.Script
        /// Whether a time-out is what ends a request to it.
        var isSilent = false

        init(_ name: String, _ script: @escaping ScriptedService.Script) {
            self.name = name
            self.script = script
        }

        var silent: Failure {
            var copy = self
            copy.isSilent = true
            return copy
        }

        /// Sends that, and leaves it to the gateway to end the connection.
        static func sends(_ name: String, _ bytes: String) -> Failure {
            Failure(name) { peer in
                try peer.send(bytes)
                _ = try peer.readToEnd()
            }
        }
    }

    static let failures: [Failure] = [
        Failure("closes") { _ in },
        Failure("resets") { peer in peer.reset() },
        Failure("never responds") { peer in _ = try peer.readToEnd() }.silent,
        Failure("closes within the head") { peer in try peer.send("HTTP/1.1 200 OK\r\ncontent-le") },
        .sends("sends something other than HTTP", "SSH-2.0-OpenSSH_9.2p1\r\n"),
        .sends("sends conflicting framing", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nabc"),
        .sends("sends an unsolicited 101", "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n"),
        .sends(
            "sends endless 1xx responses",
            String(repeating: "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n", count: 20)
        ),
        .sends("responds with 503", answer("503 Service Unavailable", "{}")),
        // It is not ejected, so it gets later requests too.
        .sends("responds with 500", answer("500 Internal Server Error", "{}")).silent,
        .sends("closes within a 500's body") { "HTTP/1.1 500 No\r\ncontent-length: 10\r\n\r\nabc" },
        .sends("closes within the body") { "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc" },
        .sends("stops within the body", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc").silent,
        .sends("sends more than its length", ok("yes") + "surplus"),
        .sends("responds twice", ok("yes") + ok("STRAY")),
    ]

    private static let begin = "<!-- failures: made by ServiceFailureTests -->"
    private static let end = "<!-- failures end -->"

    @Test("gets the response, the count and the ejection of the table in docs/services.md")
    func table() async throws {
        var lines = [
            "| the target | request | connection | the client gets | sent to it | to the other | afterwards |",
            "| --- | --- | --- | --- | --- | --- | --- |",
        ]
        for method in ["GET", "POST"] {
            lines.append(try await Self.refused(method))
        }
        for failure in Self.failures {
            for method in ["GET", "POST"] {
                for isReused in [false, true] {
                    lines.append(try await Self.row(failure, method, isReused: isReused))
                }
            }
        }
        lines.append(try await Self.lateBytes())
        try Self.compare(lines.joined(separator: "\n"))
    }

    /// Where no time-out is waited for, none may come on a slow machine either.
    private static func members(isSilent: Bool = false) -> [String: String] {
        let wait = isSilent ? "1s" : "60s"
        return [
            "retries": "{}", "ejection": #"{"failures":1,"time":"60s"}"#,
            "timeouts": #"{"firstByte":"\#(wait)","idle":"\#(wait)","keepAlive":"60s"}"#,
        ]
    }

    private static func row(_ failure: Failure, _ method: String, isReused: Bool) async throws -> String {
        let failing = try ScriptedService.start { peer in
            if isReused {
                guard try peer.readRequest() != nil else { return }
                try peer.send(ok("first"))
            }
            guard try peer.readRequest() != nil else { return }
            try failure.script(peer)
        }
        let row = try await run(failing, method, isReused: isReused, members(isSilent: failure.isSilent))
        return "| \(failure.name) | \(method) | \(isReused ? "used before" : "new") | \(row) |"
    }

    private static func refused(_ method: String) async throws -> String {
        let (holder, port) = try Socket.refusing()
        defer { holder.close() }
        let good = try ScriptedService.answering(ok("good"))
        defer { good.stop() }
        let seen = Watched("")
        try await TestGateway.run(services: ["s": .ports([port, good.port], members())], members: ["workers": "1"]) {
            gateway in
            let answer = try outcome(of: method, try gateway.client())
            let state = await gateway.count("ejections", target: 0) > 0 ? "ejected" : "not ejected"
            seen.withLock { $0 = "\(answer) | 0 | \(good.requests.count) | \(state)" }
        }
        return "| refuses the connection | \(method) | new | \(seen.withLock { $0 }) |"
    }

    /// A target that answers, and later says something that nobody asked for.
    private static func lateBytes() async throws -> String {
        let gate = Gate()
        let failing = try ScriptedService.start { peer in
            guard try peer.readRequest() != nil else { return }
            try peer.send(ok("yes"))
            try gate.wait()
            try peer.send(ok("STRAY"))
            _ = try peer.readToEnd()
        }
        let good = try ScriptedService.answering(ok("good"))
        defer {
            failing.stop()
            good.stop()
        }
        let seen = Watched("")
        try await TestGateway.run(
            services: ["s": .ports([failing.port, good.port], members())],
            members: ["workers": "1"]
        ) { gateway in
            let client = try gateway.client()
            let answer = try outcome(of: "GET", client)
            gate.open()
            try await gateway.wait(for: "stray", target: 0) { $0 == 1 }
            for _ in 0..<3 { #expect(try !client.get("/later").text.contains("STRAY")) }
            let state = await gateway.count("ejections", target: 0) > 0 ? "ejected" : "not ejected"
            let sends = failing.requests.count { $0.target == "/x" }
            seen.withLock { $0 = "\(answer) | \(sends) | 0 | \(state), the connection closed" }
        }
        return "| sends unsolicited bytes on an idle connection | GET | idle | \(seen.withLock { $0 }) |"
    }

    private static func run(
        _ failing: ScriptedService,
        _ method: String,
        isReused: Bool,
        _ members: [String: String]
    ) async throws -> String {
        let good = try ScriptedService.answering(ok("good"))
        defer {
            failing.stop()
            good.stop()
        }
        let seen = Watched("")
        try await TestGateway.run(
            services: ["s": .ports([failing.port, good.port], members)],
            members: ["workers": "1"]
        ) { gateway in
            let client = try gateway.client()
            if isReused {
                // The failing target's turn comes first, then the other's, then its own again.
                #expect(try client.get("/warm").text == "first")
                #expect(try client.get("/warm").text == "good")
            }
            let answer = try outcome(of: method, client)
            let sends = failing.requests.count { $0.target == "/x" }
            let others = good.requests.count { $0.target == "/x" }
            let state = await gateway.count("ejections", target: 0) > 0 ? "ejected" : "not ejected"
            // Nothing of it reaches a later request.
            let next = try gateway.client()
            for _ in 0..<4 {
                let later = try? next.get("/later")
                #expect(later?.text.contains("STRAY") != true && later?.text.contains("surplus") != true)
            }
            seen.withLock { $0 = "\(answer) | \(sends) | \(others) | \(state)" }
        }
        failing.expectNoFaults()
        return seen.withLock { $0 }
    }

    /// What the client gets for one request to `/x`, in a few words.
    private static func outcome(of method: String, _ client: RawClient) throws -> String {
        try client.sendRequest(method, "/x", body: method == "POST" ? "a body" : nil)
        do {
            let response = try client.read()
            if let reason = response.reason {
                let cut = response.data?["truncated"]?.bool == true ? ", truncated" : ""
                return "\(response.status) \(reason)\(cut)"
            }
            return response.text == "good" ? "200 of the other" : "\(response.status)"
        } catch MessageFault.cut {
            return "cut"
        } catch let fault as SocketFault where fault.isReset {
            return "cut"
        }
    }

    private static func compare(_ table: String) throws {
        let parts = "\(#filePath)".split(separator: "/", omittingEmptySubsequences: false)
        let path = parts.dropLast(4).joined(separator: "/") + "/docs/services.md"
        let text = try String(decoding: contents(of: path), as: UTF8.self)
        let pieces = text.split(separator: begin, maxSplits: 1)
        guard pieces.count == 2, let rest = pieces[1].split(separator: end, maxSplits: 1).last else {
            Issue.record("docs/services.md has no place for the table")
            return
        }
        let made = "\(pieces[0])\(begin)\n\(table)\n\(end)\(rest)"
        if made != text, getenv("MENSHEN_WRITE_DOCS") != nil {
            guard let file = fopen(path, "w") else { throw SocketFault(call: "fopen") }
            fputs(made, file)
            fclose(file)
        }
        #expect(made == text, "run with MENSHEN_WRITE_DOCS=1 and look at what changed")
    }

    private static func contents(of path: String) throws -> [UInt8] {
        guard let file = fopen(path, "r") else { throw SocketFault(call: "fopen") }
        defer { fclose(file) }
        var all: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65536)
        while case let count = fread(&piece, 1, piece.count, file), count > 0 { all += piece[..<count] }
        return all
    }
}

extension ServiceFailureTests.Failure {
    /// Sends that and closes.
    static func sends(_ name: String, then bytes: @escaping @Sendable () -> String) -> Self {
        Self(name) { peer in
            try peer.send(bytes())
            peer.closeOutput()
            _ = try peer.readToEnd()
        }
    }
}

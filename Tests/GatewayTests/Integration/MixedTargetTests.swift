import TestCertificates
import Testing

@Suite("What a service's targets, its TLS and a route's rules do together")
struct MixedTargetTests {
    private static let oneWorker = ["workers": "1"]
    private static let keepAlive = #"{"keepAlive":"60s"}"#

    /// An authority's file, and certificates of that authority for 127.0.0.1.
    private struct World {
        let root: TestAuthority
        let folder: TestFolder
        let tls: String

        init() throws {
            root = try TestAuthority()
            folder = try TestFolder()
            tls = #"{"ca":"\#(try folder.file("ca.pem", root.certificate.pem))"}"#
        }

        func service(ends: Int = 3600, answer: String) async throws -> TLSService {
            let certificate = try root.issue(.init(names: "IP:127.0.0.1", ends: ends))
            return try await TLSService.start(try certificate.certified(), answer: Array(answer.utf8))
        }
    }

    @Test("a target whose certificate does not verify gets nothing, and its requests go to another, POST too")
    func failover() async throws {
        let world = try World()
        let bad = try await world.service(ends: -60, answer: ok("bad"))
        let good = try await world.service(answer: ok("good"))
        let service = TestService(
            targets: [bad, good].map { "https://127.0.0.1:\($0.port)" },
            members: ["tls": world.tls, "timeouts": Self.keepAlive]
        )
        try await TestGateway.run(services: ["s": service], members: Self.oneWorker) { gateway in
            let client = try gateway.client()
            for body in [nil, "a body", nil, "a body"] {
                let response = try client.request(body == nil ? "GET" : "POST", "/", body: body)
                #expect(response.status == 200 && response.text == "good")
            }
            #expect(await gateway.count("failures/connect", target: 0) == 2)
            #expect(await gateway.count("failovers") == 2)
            #expect(await gateway.count("connections.open", target: 0) == 0)
            #expect(await gateway.count("connections.open", target: 1) == 1)
        }
        #expect(bad.log.heads.isEmpty && bad.log.handshakes == 0)
        #expect(good.log.heads.count == 4 && good.log.connections == 1)
        try await bad.stop()
        try await good.stop()
    }

    @Test("a request that is sent again goes through TLS as it went without, under the other target's name")
    func retry() async throws {
        let world = try World()
        let plain = try ScriptedService.answering(answer("503 Away", "{}"))
        defer { plain.stop() }
        let secure = try await world.service(answer: ok("secure"))
        let service = TestService(
            targets: ["http://127.0.0.1:\(plain.port)", "https://127.0.0.1:\(secure.port)"],
            members: ["tls": world.tls, "retries": "{}", "timeouts": Self.keepAlive]
        )
        try await TestGateway.run(services: ["s": service], members: Self.oneWorker) { gateway in
            let response = try gateway.client().get("/a")
            #expect(response.status == 200 && response.text == "secure")
        }
        #expect(plain.requests.map { $0["host"] } == ["127.0.0.1:\(plain.port)"])
        let heads = secure.log.heads.map { $0.lowercased() }
        #expect(heads.count == 1)
        #expect(heads.allSatisfy { $0.contains("\r\nhost: 127.0.0.1:\(secure.port)\r\n") })
        try await secure.stop()
    }

    @Test("health questions are put through TLS")
    func health() async throws {
        let world = try World()
        let bad = try await world.service(ends: -60, answer: ok("bad"))
        let good = try await world.service(answer: ok("good"))
        let service = TestService(
            targets: [bad, good].map { "https://127.0.0.1:\($0.port)" },
            members: ["tls": world.tls, "health": #"{"interval":"100ms"}"#, "timeouts": Self.keepAlive]
        )
        try await TestGateway.run(services: ["s": service], members: Self.oneWorker) { gateway in
            try good.wait(for: "two health questions") { $0.heads.count >= 2 }
            try bad.wait(for: "two attempts") { $0.connections >= 2 }
            let client = try gateway.client()
            for _ in 0..<4 { #expect(try client.get("/").text == "good") }
            // Found unwell before: no request had to find out.
            #expect(await gateway.count("requests", target: 0) == 0)
        }
        #expect(good.log.heads.contains { $0.hasPrefix("GET /healthz HTTP/1.1\r\n") })
        try await bad.stop()
        try await good.stop()
    }

    @Test("a route's rules hold once, for a request that is sent again and for the answer that counts")
    func rules() async throws {
        let fields = ["Access-Control-Allow-Origin: *", "x-internal: 1"]
        let failing = try ScriptedService.answering(answer("503 Away", "{}", fields: fields))
        let working = try ScriptedService.answering(ok("done", fields: fields))
        defer {
            failing.stop()
            working.stop()
        }
        let route = #"""
            {"path":"/api/**","service":"s","auth":"none","rewrite":{"stripPrefix":"/api"},
             "rateLimit":{"by":"route","rate":"2/d"},
             "requestHeaders":{"add":{"x-tag":"gateway"},"remove":["cookie"]},"responseHeaders":{"remove":["x-internal"]},
             "cors":{"origins":["https://h5.example"]}}
            """#
        try await TestGateway.run(
            services: ["s": .ports([failing.port, working.port], ["retries": "{}"])],
            routes: [route],
            members: Self.oneWorker
        ) { gateway in
            let client = try gateway.client()
            let asked = ["Origin: https://h5.example", "Cookie: a=b", "x-tag: client"]
            let first = try client.get("/api/x?q=1", fields: asked)
            #expect(first.status == 200 && first.text == "done" && first["x-internal"] == nil)
            #expect(first.fields.all("access-control-allow-origin") == ["https://h5.example"])
            #expect(first.fields.all("ratelimit").count == 1)
            // It was counted once: another one may come, and no third.
            #expect(try client.get("/api/x").status == 200)
            #expect(try client.get("/api/x").status == 429)
        }
        let sent = failing.requests.prefix(1) + working.requests.prefix(1)
        #expect(sent.count == 2)
        for request in sent {
            #expect(request.target == "/x?q=1" && request["cookie"] == nil)
            #expect(request.fields.all("x-tag") == ["client", "gateway"])
        }
    }
}

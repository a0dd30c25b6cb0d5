import Gateway
import JSON
import Testing

/// A page that a developer had open bound the attacker's openid to a victim's user id, and with a name that it rebound
/// to 127.0.0.1 read everything that the operators' port has.
@Suite("A web page cannot drive the operators' port")
struct PageMintedTokenTests {
    private static let binding = #"{"openid":"o-attacker","userId":"u-victim"}"#
    private static let refused = "403 20012 FORBIDDEN"

    @Test("A simple POST of another origin binds nobody, with and without a token configured")
    func simplePost() async throws {
        for members in [TestGateway.openAdmin, TestGateway.guardedAdmin] {
            try await LoginBench.run(members: members) { bench in
                let page = ["origin: http://evil.example", "sec-fetch-site: cross-site", "content-type: text/plain"]
                let post = try bench.gateway.operators().request("POST", "/tokens", fields: page, body: Self.binding)
                #expect(post.outcome == Self.refused && post.relogin == false && post.replay == false)
                // A browser of before Fetch Metadata, and one that hides the origin.
                for fields in [["origin: null"], ["origin: http://evil.example:9901"]] {
                    let post = try bench.gateway.operators().request(
                        "POST",
                        "/tokens",
                        fields: fields + ["content-type: text/plain"],
                        body: Self.binding
                    )
                    #expect(post.outcome == Self.refused)
                }
                let login = try bench.login(code: try bench.code(#"{"openid":"o-attacker"}"#))
                #expect(login.data?["userInfo"]?["userId"]?.string != "u-victim")
            }
        }
    }

    @Test("A name that was rebound to the gateway reads nothing", arguments: ["GET /counters", "PUT /users/u/block"])
    func rebinding(_ call: String) async throws {
        try await TestGateway.run(service: try EchoService.start(), members: TestGateway.guardedAdmin) { gateway in
            let port = try #require(gateway.gateway.adminPort)
            let parts = call.split(separator: " ").map(String.init)
            for host in ["evil.example:\(port)", "localhost.:\(port)", "0.0.0.0:\(port)", "127.0.0.1"] {
                let client = try RawClient(port: port, host: host)
                let answer = try client.request(parts[0], parts[1], token: TestGateway.adminToken)
                #expect(answer.outcome == Self.refused, "\(host)")
                #expect(!answer.text.contains("evil.example"))
                // Health is for load balancers, which name whom they like.
                for path in ["/livez", "/readyz", "/healthz"] { #expect(try client.get(path).status == 200) }
            }
            for host in ["LOCALHOST:\(port)", "[::ffff:127.0.0.1]:\(port)", "127.0.0.1:\(port)"] {
                let client = try RawClient(port: port, host: host)
                let answer = try client.request(parts[0], parts[1], token: TestGateway.adminToken)
                #expect(answer.outcome == "200 10000 -", "\(host)")
            }
        }
    }

    @Test("Nothing is asked of a request that names no host, two, or another than its target")
    func hosts() async throws {
        try await TestGateway.run(service: try EchoService.start(), members: TestGateway.openAdmin) { gateway in
            let port = try #require(gateway.gateway.adminPort)
            let own = "127.0.0.1:\(port)"
            for (head, outcome) in [
                ("GET /counters HTTP/1.0\r\n\r\n", Self.refused),
                ("GET /livez HTTP/1.0\r\n\r\n", "200 10000 -"),
                ("GET /counters HTTP/1.1\r\n\r\n", "400 24400 BAD_REQUEST"),
                ("GET /counters HTTP/1.1\r\nhost: \(own)\r\nhost: \(own)\r\n\r\n", "400 24400 BAD_REQUEST"),
                ("GET http://evil.example/counters HTTP/1.1\r\nhost: \(own)\r\n\r\n", "400 24400 BAD_REQUEST"),
                ("GET http://\(own)/counters HTTP/1.1\r\nhost: evil.example\r\n\r\n", "400 24400 BAD_REQUEST"),
                ("GET http://evil.example/counters HTTP/1.0\r\n\r\n", Self.refused),
                ("GET http://\(own)/counters HTTP/1.1\r\nhost: \(own)\r\n\r\n", "200 10000 -"),
                ("GET http://\(own)/counters HTTP/1.0\r\n\r\n", "200 10000 -"),
            ] {
                let client = try RawClient(port: port)
                try client.send(head)
                #expect(try client.read().outcome == outcome, "\(head)")
            }
        }
    }

    @Test("No preflight is granted, and no header lets a page read")
    func preflight() async throws {
        try await TestGateway.run(service: try EchoService.start(), members: TestGateway.openAdmin) { gateway in
            let asking = [
                "origin: http://evil.example", "access-control-request-method: PUT",
                "access-control-request-headers: content-type, authorization",
            ]
            for fields in [asking, Array(asking.dropFirst())] {
                let answer = try gateway.operators().request("OPTIONS", "/users/u/block", fields: fields)
                #expect(answer.status == 403 || answer.status == 405)
                #expect(!answer.fields.lines.contains { $0.name.lowercased().hasPrefix("access-control-") })
            }
        }
    }

    @Test("Calls without a body need no type; a body has to be JSON, or nothing")
    func types() async throws {
        try await LoginBench.run(members: TestGateway.guardedAdmin) { bench in
            let admin = try bench.gateway.operators()
            let form = ["content-type: application/x-www-form-urlencoded"]
            let json = ["content-type: application/json; charset=utf-8"]
            for (fields, body, outcome) in [
                ([], nil, "200 10000 -"), (form, "", "200 10000 -"), (form, "{}", "200 10000 -"),
                (json, "{}", "200 10000 -"), (json, #"{"note":"spam"}"#, "200 10000 -"),
                (form, "a=b", "400 24400 BAD_REQUEST"), ([], "x", "400 24400 BAD_REQUEST"),
            ] as [([String], String?, String)] {
                let answer = try admin.request(
                    "PUT",
                    "/users/u-1/block",
                    token: TestGateway.adminToken,
                    fields: fields,
                    body: body
                )
                #expect(answer.outcome == outcome, "\(fields) \(body ?? "-")")
            }
            let minting = try admin.request(
                "POST",
                "/tokens",
                token: TestGateway.adminToken,
                fields: form,
                body: #"{"userId":"web-7"}"#
            )
            #expect(minting.outcome == "400 24400 BAD_REQUEST")
            #expect(minting.text.contains("application/json"))
        }
    }

    @Test("The port's own page may call it, and a listed name is another name of it")
    func ownOrigin() async throws {
        let hosts = #"{"address":"127.0.0.1:0","hosts":["ops.example","tunnel.example:19901"]}"#
        try await TestGateway.run(service: try EchoService.start(), members: ["admin": hosts]) { gateway in
            let port = try #require(gateway.gateway.adminPort)
            for (host, origin, status) in [
                ("127.0.0.1:\(port)", "http://127.0.0.1:\(port)", 200),
                ("localhost:\(port)", "http://localhost:\(port)", 200),
                ("localhost:\(port)", "http://127.0.0.1:\(port)", 403),
                ("ops.example", "http://ops.example", 200), ("OPS.example:1", "http://ops.example:1", 200),
                ("ops.example", "http://ops.example:1", 403), ("ops.example", "https://ops.example", 403),
                ("tunnel.example:19901", "http://tunnel.example:19901", 200),
                ("tunnel.example:19902", "http://tunnel.example:19902", 403),
            ] {
                let client = try RawClient(port: port, host: host)
                let answer = try client.get("/counters", fields: ["origin: \(origin)", "sec-fetch-site: same-origin"])
                #expect(answer.status == status, "\(host) \(origin)")
            }
        }
    }
}

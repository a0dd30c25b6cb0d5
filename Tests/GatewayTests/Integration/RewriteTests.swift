import Testing

@Suite("Paths and fields on a route with rules")
struct RewriteTests {
    static let cases: [(request: String, target: String?)] = [
        ("/api/orders/1?x=/../2&y", "/orders/1?x=/../2&y"),
        ("/api", "/"),
        ("/api?x", "/?x"),
        ("/api/%6Frders/%e4%bd%a0", "/orders/%E4%BD%A0"),
        ("/api/a%20b%3Fc%23d", "/a%20b%3Fc%23d"),
        ("/api/..%2f..%2fetc", nil),
        ("/api/../x", nil),
        ("/api/%2e%2e/x", nil),
        ("/api/.%2E;x/y", nil),
        ("/api//evil.example", nil),
        ("/keep//evil.example/x", nil),
        ("/keep/a//b", "/a//b"),
        ("/o/7/of/u;v=1", "/users/u;v=1/orders/7"),
        ("/o/%2e%2e/of/u", nil),
        ("/o/a%2fb/of/u", nil),
        ("/o/{x}/of/%7Bid%7D?q={id}", "/users/%7Bid%7D/orders/%7Bx%7D?q=%7Bid%7D"),
    ]

    private static let routes = [
        #"{"path":"/api/**","service":"s","auth":"none","rewrite":{"stripPrefix":"/api"}}"#,
        #"{"path":"/keep/**","service":"s","auth":"none","slashes":"keep","rewrite":{"stripPrefix":"/keep"}}"#,
        #"{"path":"/o/{id}/of/{user}","service":"s","auth":"none","rewrite":{"template":"/users/{user}/orders/{id}"}}"#,
    ]

    @Test("the service gets the new path and the old query, or nothing at all", arguments: cases)
    func paths(_ example: (request: String, target: String?)) async throws {
        let service = try ScriptedService.answering(ok())
        try await TestGateway.run(service: service, routes: Self.routes) { gateway in
            let client = try gateway.client()
            let response = try client.get(example.request)
            #expect(response.status == (example.target == nil ? 400 : 200))
            #expect(service.requests.map(\.target) == (example.target.map { [$0] } ?? []))
        }
    }

    @Test("the service gets its credential and what is known of the request, whatever the client claims")
    func requestFields() async throws {
        let service = try ScriptedService.answering(ok())
        let rules = #"""
            {"set":{"authorization":"Bearer ${secret:key}","x-user":"${user.id}","x-order":"${route.id}",
                    "x-client":"${client.address}"},
             "add":{"x-tag":"gateway"},"remove":["cookie"]}
            """#
        let routes = [
            #"{"path":"/o/{id}","service":"s","auth":"optional","requestHeaders":\#(rules),"rewrite":{"template":"/x"}}"#
        ]
        let members = ["secrets": #"{"key":{"value":"the-service-key"}}"#]
        try await TestGateway.run(service: service, routes: routes, members: members) { gateway in
            let client = try gateway.client()
            let claims = [
                "Cookie: a=b", "X-User: root", "x_user: root", "X-Order: 9", "x-tag: client", "x.client: 10.0.0.1",
            ]
            #expect(try client.get("/o/7%0d%0a", token: try gateway.token(user: "u_1"), fields: claims).status == 200)
            #expect(try client.get("/o/8", fields: claims).status == 200)
            let (first, second) = (service.requests[0], service.requests[1])
            #expect(first.fields.all("authorization") == ["Bearer the-service-key"])
            #expect(first.fields.all("x-user") == ["u_1"])
            #expect(first.fields.all("x-order") == ["7%0D%0A"])
            #expect(first.fields.all("x-client") == ["127.0.0.1"])
            #expect(first.fields.all("x-tag") == ["client", "gateway"])
            #expect(first["cookie"] == nil && first["x_user"] == nil && first["x.client"] == nil)
            #expect(first.target == "/x")
            // Nobody is known: nobody is claimed.
            #expect(second["x-user"] == nil)
            #expect(second.fields.all("x-order") == ["8"])
        }
    }

    @Test("the answer's fields are set, added and removed; failures too, but for what caches are told")
    func responseFields() async throws {
        let service = try ScriptedService.start { peer in
            while let request = try peer.readRequest() {
                let fields = ["Server: secret/1.0", "X-A: service", "x-b: service", "cache-control: max-age=5"]
                try peer.send(request.target == "/bad" ? answer("500 Oops", "{}", fields: fields) : ok(fields: fields))
            }
        }
        let rules = #"""
            {"set":{"x-a":"${request.id}","cache-control":"public, max-age=60"},"add":{"x-b":"gateway"},
             "remove":["server"]}
            """#
        let routes = [#"{"path":"/**","service":"s","auth":"none","responseHeaders":\#(rules)}"#]
        try await TestGateway.run(service: service, routes: routes) { gateway in
            let client = try gateway.client()
            let good = try client.get("/good")
            #expect(good.fields.all("x-a") == [try #require(good["x-request-id"])])
            #expect(good.fields.all("x-b") == ["service", "gateway"])
            #expect(good.fields.all("cache-control") == ["public, max-age=60"])
            #expect(good["server"] == nil)
            let bad = try client.get("/bad")
            bad.expectFailure("UPSTREAM_STATUS", status: 500)
            #expect(bad.fields.all("x-a") == [try #require(bad["x-request-id"])])
            #expect(bad.fields.all("x-b") == ["service", "gateway"])
            #expect(bad["server"] == nil)
        }
    }

    @Test("a service's rules hold on all of its routes, and on no other's")
    func serviceRules() async throws {
        let service = try ScriptedService.answering(ok())
        let routes = [
            #"{"path":"/a","service":"s","auth":"none"}"#,
            #"{"path":"/b","service":"s","auth":"none","requestHeaders":{"set":{"x-a":"route"}}}"#,
            #"{"path":"/c","service":"t","auth":"none"}"#,
        ]
        let ruled = TestService.scripted(service, ["requestHeaders": #"{"set":{"x-a":"service","x-b":"service"}}"#])
        defer { service.stop() }
        try await TestGateway.run(services: ["s": ruled, "t": .scripted(service)], routes: routes) { gateway in
            let client = try gateway.client()
            for path in ["/a", "/b", "/c"] { #expect(try client.get(path, fields: ["x-a: client"]).status == 200) }
            #expect(service.requests.map { $0["x-a"] } == ["service", "route", "client"])
            #expect(service.requests.map { $0["x-b"] } == ["service", "service", nil])
        }
    }
}

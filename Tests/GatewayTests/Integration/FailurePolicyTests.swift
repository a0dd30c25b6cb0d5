import Testing

@Suite("What counts as a failure, and with which status it is told")
struct FailurePolicyTests {
    private static let rows = [400, 401, 404, 407, 408, 421, 429, 500, 503]

    struct Case: CustomTestStringConvertible, Sendable {
        var failures: String
        var unauthorized: String
        /// Outer statuses of those that are normalised; the others pass.
        var normalised: [Int: Int]
        var testDescription: String { "failures \(failures), serviceUnauthorized \(unauthorized)" }
    }

    @Test(
        "by route and service",
        arguments: [
            Case(
                failures: "4xx",
                unauthorized: "403",
                normalised: [
                    400: 400, 401: 403, 404: 404, 407: 403, 408: 504, 421: 502, 429: 429, 500: 500, 503: 503,
                ]
            ),
            Case(
                failures: "5xx",
                unauthorized: "403",
                normalised: [401: 403, 407: 403, 408: 504, 421: 502, 500: 500, 503: 503]
            ),
            Case(
                failures: "5xx",
                unauthorized: "502",
                normalised: [401: 502, 407: 502, 408: 504, 421: 502, 500: 500, 503: 503]
            ),
            Case(failures: "none", unauthorized: "403", normalised: [401: 403, 407: 403]),
            Case(failures: "none", unauthorized: "502", normalised: [401: 502, 407: 502]),
            Case(failures: "none", unauthorized: "pass", normalised: [:]),
            Case(failures: "5xx", unauthorized: "pass", normalised: [408: 504, 421: 502, 500: 500, 503: 503]),
            Case(
                failures: "4xx",
                unauthorized: "pass",
                normalised: [
                    400: 400, 401: 401, 404: 404, 407: 407, 408: 504, 421: 502, 429: 429, 500: 500, 503: 503,
                ]
            ),
        ]
    )
    func policies(testCase: Case) async throws {
        let service = try ScriptedService.start { peer in
            while let request = try peer.readRequest() {
                let status = String(request.target.dropFirst())
                try peer.send(answer("\(status) Said So", "why", fields: ["WWW-Authenticate: Basic", "Etag: \"e\""]))
            }
        }
        try await TestGateway.run(
            service: service,
            serviceMembers: ["serviceUnauthorized": "\"\(testCase.unauthorized)\""],
            routes: [#"{"path":"/**","service":"s","auth":"none","failures":"\#(testCase.failures)"}"#]
        ) { gateway in
            let client = try gateway.client()
            for status in Self.rows {
                let response = try client.get("/\(status)")
                if let outer = testCase.normalised[status] {
                    response.expectFailure("UPSTREAM_STATUS", status: outer, inner: Int64(status))
                    #expect(response["www-authenticate"] == nil)
                    #expect(response["etag"] == nil)
                } else {
                    #expect(response.status == status)
                    #expect(response.phrase == "Said So")
                    #expect(response.text == "why")
                    #expect(response["www-authenticate"] == "Basic")
                    #expect(response["etag"] == "\"e\"")
                }
            }
            #expect(service.connections == 1)
        }
    }
}

@Suite("\"statuses\": \"always200\"")
struct AlwaysOKTests {
    private static let routes = [
        #"{"path":"/guarded/**","service":"s","auth":"required","failures":"5xx"}"#,
        #"{"path":"/maybe/**","service":"s","auth":"optional"}"#,
        #"{"path":"/open/**","service":"s","auth":"none"}"#,
        #"{"path":"/real/**","service":"s","auth":"required","statuses":"real"}"#,
        #"{"path":"/gone/**","service":"gone","auth":"required"}"#,
        #"{"path":"/posts","methods":["POST"],"service":"s","auth":"required"}"#,
    ]

    @Test(
        "for replies of the gateway on routes with a token check, and nowhere else",
        arguments: ["file", "app", "route"]
    )
    func reach(place: String) async throws {
        let service = try ScriptedService.start { peer in
            while let request = try peer.readRequest() {
                let status = request.target.split(separator: "/").last ?? ""
                try peer.send(answer("\(status) Said So", "why"))
            }
        }
        defer { service.stop() }
        let (holder, refusing) = try Socket.refusing()
        defer { holder.close() }
        var members: [String: String] = [:]
        var routes = Self.routes
        switch place {
        case "file": members["statuses"] = "\"always200\""
        case "app":
            members["wechat"] = TestGateway.wechat(baseURL: "http://127.0.0.1:9", #","statuses":"always200""#)
        default:
            routes = routes.map { route in
                route.contains("statuses") ? route : route.dropLast() + #","statuses":"always200"}"#
            }
        }
        try await TestGateway.run(
            services: ["s": .scripted(service), "gone": .port(refusing)],
            routes: routes,
            members: members
        ) { gateway in
            let client = try gateway.client()
            let token = try gateway.token()
            let expired = try gateway.token(lifetime: -10)

            for (path, token, code, reason) in [
                ("/guarded/200", nil, 20001, "AUTH_REQUIRED"), ("/guarded/200", "nonsense", 20002, "AUTH_INVALID"),
                ("/guarded/200", expired, 20003, "AUTH_EXPIRED"), ("/maybe/200", expired, 20003, "AUTH_EXPIRED"),
            ] as [(String, String?, Int64, String)] {
                let response = try client.get(path, token: token)
                response.expectRefusal(code, reason, status: 200)
                #expect(response["www-authenticate"] == nil)
            }
            let failed = try client.get("/guarded/503", token: token)
            failed.expectFailure("UPSTREAM_STATUS", status: 200, inner: 503)
            let away = try client.get("/gone/x", token: token)
            away.expectFailure("UPSTREAM_CONNECT", status: 200, inner: 502)

            // What the service says and the gateway only passes keeps its status.
            #expect(try client.get("/guarded/201", token: token).status == 201)
            #expect(try client.get("/guarded/404", token: token).status == 404)
            // A payment notice must not be told that all is well.
            #expect(try client.get("/open/500").outcome == "500 30000 UPSTREAM_STATUS")
            #expect(try client.get("/real/200").outcome == "401 20001 AUTH_REQUIRED")
            // Before a route was known.
            #expect(try client.get("/nowhere").outcome == "404 24404 ROUTE_NOT_FOUND")
            #expect(try client.get("/posts").outcome == "405 24405 METHOD_NOT_ALLOWED")
            #expect(try client.livesOn())
        }
    }
}

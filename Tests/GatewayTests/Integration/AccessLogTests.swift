import JSON
import Testing

@Suite("The access log of what went through")
struct AccessLogTests {
    private static let query = "SECRET-IN-QUERY"
    private static let code = "SECRET-LOGIN-CODE"

    struct Case: Sendable {
        var method = "GET"
        var path: String
        var usesToken = false
        var body: String?
        var status: Int64
        var reason: String?
        var route: String?
        var serviceStatus: Int64?

        var service: String? {
            guard let route, !route.hasPrefix("/auth") else { return nil }
            return route == "/gone" ? "gone" : "s"
        }
    }

    private static let routes = [
        #"{"path":"/ok/**","service":"s","auth":"optional"}"#, #"{"path":"/guarded","service":"s","inPlaceLogin":false}"#,
        #"{"path":"/gone","service":"gone","auth":"none"}"#,
        #"{"path":"/wrap/**","service":"s","auth":"none","success":"wrap"}"#,
    ]

    private static let cases: [Case] = [
        Case(path: "/ok/200", status: 200, route: "/ok/**", serviceStatus: 200),
        Case(path: "/ok/200", usesToken: true, status: 200, route: "/ok/**", serviceStatus: 200),
        Case(method: "POST", path: "/ok/201", body: "b", status: 201, route: "/ok/**", serviceStatus: 201),
        Case(path: "/ok/401", status: 403, reason: "UPSTREAM_STATUS", route: "/ok/**", serviceStatus: 401),
        Case(path: "/ok/500", status: 500, reason: "UPSTREAM_STATUS", route: "/ok/**", serviceStatus: 500),
        Case(path: "/wrap/200", status: 200, route: "/wrap/**", serviceStatus: 200),
        Case(path: "/guarded", status: 401, reason: "AUTH_REQUIRED", route: "/guarded"),
        Case(path: "/gone", status: 502, reason: "UPSTREAM_CONNECT", route: "/gone"),
        Case(path: "/nowhere", status: 404, reason: "ROUTE_NOT_FOUND"),
        Case(path: "/a//b/../c", status: 400, reason: "BAD_REQUEST"),
        Case(method: "TRACE", path: "/ok/200", status: 405, reason: "METHOD_NOT_ALLOWED"),
        Case(method: "BREW\"", path: "/ok/200", status: 400, reason: "BAD_REQUEST"),
        Case(method: "BREW", path: "/ok/200", status: 200, route: "/ok/**", serviceStatus: 200),
        Case(
            method: "POST",
            path: "/auth/login",
            body: #"{"code":"\#(code)"}"#,
            status: 503,
            reason: "WECHAT_UNAVAILABLE",
            route: "/auth/login"
        ),
        // The token is good, and its session is not in the store.
        Case(path: "/auth/session", usesToken: true, status: 401, reason: "AUTH_INVALID", route: "/auth/session"),
    ]

    @Test("one line of JSON for each request, with what it was and no secret")
    func lines() async throws {
        let service = try ScriptedService.start { peer in
            while let request = try peer.readRequest() {
                let path = request.target.prefix { $0 != "?" }
                let status = path.split(separator: "/").last ?? ""
                try peer.send(answer("\(status) Said So", "{}", fields: ["content-type: application/json"]))
            }
        }
        defer { service.stop() }
        let (holder, refusing) = try Socket.refusing()
        defer { holder.close() }
        let ids = Watched<[String?]>([])
        let secrets = Watched<[String]>([Self.query, Self.code, TestGateway.secret])
        let services = ["s": TestService.scripted(service), "gone": .port(refusing)]
        let log = try await TestGateway.run(services: services, routes: Self.routes) { gateway in
            let token = try gateway.token(user: "u_log")
            secrets.withLock { $0.append(contentsOf: token.split(separator: ".").dropFirst().map(String.init)) }
            for testCase in Self.cases {
                let client = try gateway.client()
                let response = try client.request(
                    testCase.method,
                    testCase.path + "?code=" + Self.query,
                    token: testCase.usesToken ? token : nil,
                    fields: ["x-wx-code: " + Self.code, "cookie: " + Self.query],
                    body: testCase.body
                )
                #expect(Int64(response.status) == testCase.status, "\(testCase)")
                ids.withLock { $0.append(response["x-request-id"]) }
            }
            // Health has no line.
            let client = try gateway.client()
            #expect(try client.livesOn())
        }
        #expect(log.count == Self.cases.count)
        for line in log {
            for secret in secrets.withLock({ $0 }) { #expect(!line.contains(secret)) }
        }
        let reader = JSONReader(duplicates: .reject, controlCharacters: .reject, maximumSize: 1 << 20)
        let entries = try log.map { try reader.read(Array($0.utf8)) }
        for (testCase, id) in zip(Self.cases, ids.withLock { $0 }) {
            // Each client sits on a loop of its own, so that lines may come in another order.
            let entry = try #require(entries.first { $0["requestId"]?.string == id })
            #expect(entry["status"]?.integer == testCase.status)
            #expect(entry["reason"]?.string == testCase.reason)
            #expect(entry["serviceStatus"]?.integer == testCase.serviceStatus)
            #expect(entry["route"]?.string?.hasSuffix(testCase.route ?? "?") ?? (testCase.route == nil))
            #expect(entry["userId"]?.string == (testCase.usesToken ? "u_log" : nil))
            #expect((entry["durationUs"]?.integer ?? -1) >= 0)
            #expect(entry["service"]?.string == testCase.service)
            #expect((entry["target"] != nil) == (testCase.serviceStatus != nil || testCase.service == "gone"))
        }
    }
}

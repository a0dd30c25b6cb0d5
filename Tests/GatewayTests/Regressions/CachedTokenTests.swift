import Gateway
import JSON
import Testing

/// A cache in front of the gateway that obeys one of these fields keeps the answer, and gives one user's token to the next.
@Suite("What a service says about caching does not hold for an answer with a token, nor for a failure")
struct CachedTokenTests {
    static let caching = [
        "Cache-Control: public, max-age=60", "Expires: Thu, 01 Dec 2044 16:00:00 GMT", "Pragma: cache", "Age: 1",
        "CDN-Cache-Control: max-age=60", "Cloudflare-CDN-Cache-Control: max-age=60",
        "a-provider-with-a-very-long-name-Cache-Control: max-age=60", "X-Wx-Cache-Control: max-age=60",
        "X-Forwarded-Cache-Control: max-age=60", "Content-Cache-Control: max-age=60",
        "Surrogate-Control: max-age=60", "Edge-Control: cache-maxage=60", "X-Accel-Expires: 60",
    ]
    private static let others = ["Set-Cookie: a=b", "Vary: origin", "X-Cache-Controls: x", "X-Control: y"]
    private static let rules = #""responseHeaders":{"set":{"cdn-cache-control":"public","surrogate-control":"x"}"# + "}"
    private static let routes = [
        #"{"path":"/passed/**","service":"s","failures":"none"}"#,
        #"{"path":"/wrapped/**","service":"s","success":"wrap"}"#,
        #"{"path":"/ruled/**","service":"s",\#(rules)}"#,
        #"{"path":"/public/**","service":"s","auth":"none"}"#,
        #"{"path":"/live","service":"s","upgrade":{"protocols":["websocket"]}}"#,
    ]

    /// Says how its answers may be cached, which are of the status that the path ends in.
    private static func service() throws -> ScriptedService {
        let fields = (caching + others).map { "\($0)\r\n" }.joined()
        return try ScriptedService.start { peer in
            while let request = try peer.readRequest() {
                let status = request.target.split(separator: "/").last.map(String.init) ?? "200"
                let json = "Content-Type: application/json\r\nContent-Length: 2\r\n"
                switch (status, request.method) {
                case ("live", _):
                    let accepted = ServicePeer.switching.replacing("\r\n\r\n", with: "\r\n" + fields + "\r\n")
                    try peer.send(accepted)
                    _ = try peer.readToEnd()
                    return
                case ("204", _), ("304", _): try peer.send("HTTP/1.1 \(status) Y\r\n\(fields)\r\n")
                case (_, "HEAD"): try peer.send("HTTP/1.1 \(status) Y\r\n\(json)\(fields)\r\n")
                default: try peer.send("HTTP/1.1 \(status) Y\r\n\(json)\(fields)\r\n{}")
                }
            }
        }
    }

    /// Names of the fields about caching that an answer has, one for each line.
    private func caching(in response: RawResponse) -> [String] {
        let names = Set(Self.caching.map { String($0.prefix { $0 != ":" }).lowercased() })
        return response.fields.names.filter(names.contains)
    }

    static let paths = [
        "/passed/200", "/passed/304", "/passed/500", "/passed/404", "/wrapped/200", "/wrapped/204", "/wrapped/500",
        "/ruled/200", "/ruled/204", "/ruled/500",
    ]

    @Test("after a login in place", arguments: paths, ["GET", "HEAD"])
    func loggedIn(_ path: String, _ method: String) async throws {
        try await LoginBench.run(service: Self.service(), routes: Self.routes) { bench in
            let response = try bench.gateway.client().request(
                method,
                path,
                fields: ["x-wx-code: \(try bench.code())"]
            )
            #expect(response["x-auth-token"]?.hasPrefix("ey") == true)
            #expect(caching(in: response) == ["cache-control"], "\(response.fields.names)")
            #expect(response["cache-control"] == "private, no-store")
            #expect(response["x-cache-controls"] == "x" && response["x-control"] == "y" && response["vary"] != nil)
        }
    }

    @Test("when a token gets its successor", arguments: paths)
    func renewed(_ path: String) async throws {
        try await LoginBench.run(service: Self.service(), routes: Self.routes, members: RenewalTests.always) { bench in
            let old = try bench.gateway.token(like: try bench.token(), lifetime: 600)
            let client = try bench.gateway.client()
            try await bench.makeSuccessor(for: old) { try $0.get(path, token: $1) }
            let response = try client.get(path, token: old)
            #expect(response["x-auth-token"]?.hasPrefix("ey") == true)
            #expect(caching(in: response) == ["cache-control"] && response["cache-control"] == "private, no-store")
        }
    }

    @Test("where the protocol changes")
    func switched() async throws {
        try await LoginBench.run(service: Self.service(), routes: Self.routes) { bench in
            let client = try bench.gateway.client()
            let response = try client.openWebSocket("/live", fields: ["x-wx-code: \(try bench.code())"])
            #expect(response.status == 101 && response["x-auth-token"]?.hasPrefix("ey") == true)
            #expect(caching(in: response) == ["cache-control"] && response["cache-control"] == "private, no-store")
        }
    }

    @Test("on a failure in its envelope, with no token", arguments: ["/public/500", "/public/401", "/public/404"])
    func failed(_ path: String) async throws {
        try await LoginBench.run(service: Self.service(), routes: Self.routes) { bench in
            let response = try bench.gateway.client().get(path)
            #expect(response.json?["code"]?.integer == 30000)
            #expect(caching(in: response) == ["cache-control"] && response["cache-control"] == "no-store")
            #expect(response["set-cookie"] == "a=b" && response["x-control"] == "y")
        }
    }

    @Test("an answer without a token keeps all that the service says")
    func kept() async throws {
        try await LoginBench.run(service: Self.service(), routes: Self.routes) { bench in
            let response = try bench.gateway.client().get("/public/200")
            #expect(caching(in: response).count == Self.caching.count)
            let ruled = try bench.gateway.client().get("/ruled/200", token: try bench.token())
            #expect(ruled["cdn-cache-control"] == "public" && ruled["surrogate-control"] == "x")
        }
    }
}

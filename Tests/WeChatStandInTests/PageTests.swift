import JSON
import Testing

@testable import WeChatStandIn

@Suite("A web page cannot drive the stand-in", .timeLimit(.minutes(5)))
struct PageTests {
    private func withServer(_ body: (StandInServer) throws -> Void) async throws {
        let server = try await StandInServer.start(port: 0, group: loops)
        let result = Result { try body(server) }
        await server.stop()
        try result.get()
    }

    private static let controls = [
        ("POST", "/stand-in/codes"), ("POST", "/stand-in/faults"), ("DELETE", "/stand-in/access-tokens"),
        ("GET", "/stand-in/calls"), ("GET", "/nothing"),
    ]
    private static let calls = [
        ("GET", "/sns/jscode2session?appid=wx1&js_code=a"), ("POST", "/cgi-bin/stable_token"),
    ]

    @Test("What a page of another origin sends is refused, and does nothing")
    func origins() async throws {
        try await withServer { server in
            let client = try RawClient(port: server.port)
            for headers in [
                "origin: http://evil.example\r\ncontent-type: text/plain\r\n", "origin: null\r\n",
                "origin: http://127.0.0.1:\(server.port)\r\norigin: http://evil.example\r\n",
                "sec-fetch-site: cross-site\r\n", "sec-fetch-site: same-site\r\n",
            ] {
                for (method, path) in Self.controls + Self.calls {
                    let response = client.request(method, path, headers: headers, body: method == "GET" ? nil : "{}")
                    #expect(response.status == 403, "\(method) \(path) \(headers)")
                    #expect(!response.text.contains("evil.example"))
                }
            }
            let calls = try JSONReader().read(client.request("GET", "/stand-in/calls").body)
            #expect(calls["codesIssued"]?.integer == 0 && calls["exchanges"]?.integer == 0)
            #expect(calls["faultsPending"]?.integer == 0)
        }
    }

    @Test("A name that was rebound to loopback takes no code and sets no fault")
    func rebinding() async throws {
        try await withServer { server in
            let client = try RawClient(port: server.port)
            for host in [
                "evil.example:\(server.port)", "localhost.:\(server.port)", "127.0.0.1", "",
                "127.0.0.1:\(server.port)\r\nhost: evil.example",
            ] {
                for (method, path) in Self.controls {
                    let response = client.request(method, path, host: host, body: method == "GET" ? nil : "{}")
                    #expect(response.status == 403, "\(method) \(path) \(host)")
                }
            }
        }
    }

    @Test("WeChat's API may come by another name: by a proxy, or a server that ends TLS")
    func otherNames() async throws {
        try await withServer { server in
            let client = try RawClient(port: server.port)
            for (method, path) in Self.calls {
                let response = client.request(method, path, host: "wechat.test", body: method == "GET" ? nil : "{}")
                #expect(response.status == 200, "\(method) \(path)")
            }
        }
    }

    @Test("Programs are served: by address or localhost, and curl's own content type does no harm")
    func programs() async throws {
        try await withServer { server in
            let client = try RawClient(port: server.port)
            for host in ["127.0.0.1:\(server.port)", "localhost:\(server.port)", "LOCALHOST:\(server.port)"] {
                let form = "content-type: application/x-www-form-urlencoded\r\n"
                #expect(client.request("POST", "/stand-in/codes", host: host, headers: form, body: "{}").status == 200)
            }
            let page = "origin: http://localhost:\(server.port)\r\nsec-fetch-site: same-origin\r\n"
            let own = client.request("GET", "/stand-in/calls", host: "localhost:\(server.port)", headers: page)
            #expect(own.status == 200)
        }
    }
}

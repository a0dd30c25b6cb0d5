import JSON
import Testing

@Suite("A service's fields on their way to the client")
struct ResponseFieldsTests {
    @Test("names in lower case, values as they are, what is about the service's connection and x-auth-* gone")
    func fields() async throws {
        let gone = [
            "Connection: keep-alive, X-Mine", "X-Mine: 1", "Keep-Alive: timeout=5", "Proxy-Connection: close",
            "Trailer: x-sum", "Upgrade: h2c", "Proxy-Authenticate: Basic", "X-Auth-Token: t", "X-AUTH-Expires-In: 5",
            "x_auth_token: t", "X-Auth-Anything: 1", "X-Request-Id: from-inside",
        ]
        let kept = [
            "Content-Type: Text/Plain; Charset=UTF-8", "ETag: \"E\"", "Cache-Control: Max-Age=5", "Set-Cookie: A=B",
            "Set-Cookie: C=D", "WWW-Authenticate: Basic", "Date: Mon, 01 Jan 2024 00:00:00 GMT", "Server: Test/1",
            "X-Empty:", "Last-Modified: Mon, 01 Jan 2024 00:00:00 GMT",
        ]
        let service = try ScriptedService.answering(answer("200 As It Is", "body", fields: gone + kept))
        try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            for _ in 1...2 {
                let response = try client.get("/x")
                #expect(response.phrase == "As It Is")
                let names = response.fields.names.filter { $0 != "content-length" && $0 != "x-request-id" }
                #expect(names == kept.map { $0.prefix { $0 != ":" }.lowercased() })
                #expect(response["content-type"] == "Text/Plain; Charset=UTF-8")
                #expect(response.fields.all("set-cookie") == ["A=B", "C=D"])
                #expect(response.fields.all("x-request-id") == [service.requests.last?["x-request-id"]])
                #expect(response["x-empty"] == "")
                #expect(response.fields.all("date") == ["Mon, 01 Jan 2024 00:00:00 GMT"])
            }
        }
    }

    @Test("a date is added where the service has none; trailers of the service are dropped")
    func dateAndTrailers() async throws {
        let service = try ScriptedService.answering(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x-auth-token\r\n\r\n"
                + "2;a=b\r\nhi\r\n0\r\nx-auth-token: t\r\n\r\n"
        )
        try await TestGateway.run(service: service) { gateway in
            let response = try gateway.client().get("/x")
            #expect(response.text == "hi")
            #expect(response.framing == .chunked)
            #expect(response["trailer"] == nil)
            #expect(response["date"]?.hasSuffix(" GMT") == true)
        }
    }
}

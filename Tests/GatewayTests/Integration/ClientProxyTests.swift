import JSON
import Testing

@Suite("Clients behind proxies")
struct ClientProxyTests {
    private static let fields = [
        "x-forwarded-for: 6.6.6.6", "X-Forwarded-For: 1.2.3.4, 10.0.0.1", "x-forwarded-proto: https",
        "x-forwarded-host: shop.test", "x-request-id: from-the-proxy", "via: 1.1 a", "via: 1.1 b",
    ]

    @Test("what a trusted proxy says is kept and added to, all lines of a list as one")
    func trusted() async throws {
        let service = try EchoService.start()
        let members = ["trustedProxies": #"["127.0.0.1","10.0.0.0/8"]"#]
        let log = try await TestGateway.run(service: service, members: members) { gateway in
            let client = try gateway.client()
            let response = try client.get("/a", fields: Self.fields)
            #expect(response["x-request-id"] == "from-the-proxy")
            let request = try #require(service.requests.first)
            #expect(request.fields.all("x-forwarded-for") == ["6.6.6.6, 1.2.3.4, 10.0.0.1, 127.0.0.1"])
            #expect(request.fields.all("via") == ["1.1 a, 1.1 b, \(TestGateway.via)"])
            #expect(request["x-forwarded-proto"] == "https")
            #expect(request["x-forwarded-host"] == "shop.test")
            #expect(request["x-request-id"] == "from-the-proxy")
            // The id of one request is not the next one's.
            #expect(try client.get("/b")["x-request-id"]?.utf8.count == 36)
        }
        let entries = try log.entries()
        // The last one that is no proxy itself, on whichever line it stands.
        #expect(entries.map { $0["client"]?.string } == ["1.2.3.4", "127.0.0.1"])
        #expect(entries.first?["requestId"]?.string == "from-the-proxy")
    }

    @Test("nobody else is believed")
    func stranger() async throws {
        let service = try EchoService.start()
        let log = try await TestGateway.run(service: service) { gateway in
            let response = try gateway.client().get("/a", fields: Self.fields)
            let request = try #require(service.requests.first)
            #expect(request.fields.all("x-forwarded-for") == ["127.0.0.1"])
            #expect(request.fields.all("via") == [TestGateway.via])
            #expect(request["x-forwarded-proto"] == "http")
            #expect(request["x-forwarded-host"] == "gateway.test")
            #expect(request["x-request-id"] == response["x-request-id"])
            #expect(request["x-request-id"] != "from-the-proxy")
        }
        #expect(try log.entries().first?["client"]?.string == "127.0.0.1")
    }
}

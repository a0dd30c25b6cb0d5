import JSON
import Testing

@Suite("What a service learns of a request's way")
struct RequestWayTests {
    private static let claims = [
        "X-Forwarded-For: 203.0.113.7, 127.0.0.1", "X-Forwarded-Proto: https", "X-Forwarded-Host: shop.example.com",
        "Via: 1.1 edge", "X-Request-ID: from-outside-1",
        "Traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "Tracestate: a=b",
    ]

    private func isTraceParent(_ text: String?) -> Bool {
        let parts = (text ?? "").split(separator: "-", omittingEmptySubsequences: false)
        let isHex = parts.allSatisfy { $0.allSatisfy { "0123456789abcdef".contains($0) } }
        return isHex && parts.map(\.count) == [2, 32, 16, 2] && parts[0] == "00"
            && parts[1].contains { $0 != "0" } && parts[2].contains { $0 != "0" }
    }

    @Test("a stranger's claims are replaced", arguments: [[], claims])
    func stranger(fields: [String]) async throws {
        let service = try ScriptedService.answering(ok())
        let log = try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            var ids: Set<String?> = []
            for _ in 1...2 {
                let response = try client.get("/x", fields: fields)
                let request = try #require(service.requests.last)
                #expect(request.fields.all("x-forwarded-for") == ["127.0.0.1"])
                #expect(request.fields.all("x-forwarded-proto") == ["http"])
                #expect(request.fields.all("x-forwarded-host") == ["gateway.test"])
                #expect(request.fields.all("via") == [TestGateway.via])
                #expect(request["tracestate"] == nil)
                #expect(isTraceParent(request["traceparent"]))
                #expect(request["traceparent"]?.contains("0af7651916cd43dd") == false)
                #expect(request.fields.all("x-request-id").count == 1)
                #expect(request["x-request-id"] == response["x-request-id"])
                #expect(request["x-request-id"] != "from-outside-1")
                ids.insert(request["x-request-id"])
            }
            #expect(ids.count == 2)
        }
        #expect(log.allSatisfy { $0.contains(#""client":"127.0.0.1""#) })
    }

    @Test("a trusted proxy is believed and added to")
    func trusted() async throws {
        let service = try ScriptedService.answering(ok())
        let members = ["trustedProxies": #"["127.0.0.0/8"]"#]
        let log = try await TestGateway.run(service: service, members: members) { gateway in
            let response = try gateway.client().get("/x", fields: Self.claims)
            let request = try #require(service.requests.last)
            #expect(request.fields.all("x-forwarded-for") == ["203.0.113.7, 127.0.0.1, 127.0.0.1"])
            #expect(request.fields.all("x-forwarded-proto") == ["https"])
            #expect(request.fields.all("x-forwarded-host") == ["shop.example.com"])
            #expect(request.fields.all("via") == ["1.1 edge, \(TestGateway.via)"])
            #expect(request.fields.all("x-request-id") == ["from-outside-1"])
            #expect(response["x-request-id"] == "from-outside-1")
            #expect(request["traceparent"]?.contains("0af7651916cd43dd8448eb211c80319c") == true)
            #expect(request["tracestate"] == "a=b")
        }
        // The last that is no trusted proxy itself.
        #expect(log.first?.contains(#""client":"203.0.113.7""#) == true)
        #expect(log.first?.contains(#""requestId":"from-outside-1""#) == true)
    }

    @Test("several lines of a trusted proxy are one list")
    func severalLines() async throws {
        let service = try ScriptedService.answering(ok())
        let members = ["trustedProxies": #"["127.0.0.1","10.0.0.0/8"]"#]
        let log = try await TestGateway.run(service: service, members: members) { gateway in
            let fields = ["X-Forwarded-For: 198.51.100.1", "X-Forwarded-For: 203.0.113.7", "X-Forwarded-For: 10.1.2.3"]
            let client = try gateway.client()
            #expect(try client.get("/x", fields: fields).status == 200)
            let list = service.requests.last?["x-forwarded-for"]
            #expect(list == "198.51.100.1, 203.0.113.7, 10.1.2.3, 127.0.0.1")
        }
        #expect(log.first?.contains(#""client":"203.0.113.7""#) == true)
    }

    @Test("a trusted proxy's silence, or nonsense, is filled in")
    func trustedSilence() async throws {
        let service = try ScriptedService.answering(ok())
        let members = ["trustedProxies": #"["127.0.0.1"]"#]
        let log = try await TestGateway.run(service: service, members: members) { gateway in
            let client = try gateway.client()
            let odd = ["Traceparent: nonsense", "X-Request-ID: " + String(repeating: "a", count: 200)]
            for fields in [[], odd] {
                let response = try client.get("/x", fields: fields)
                let request = try #require(service.requests.last)
                #expect(request.fields.all("x-forwarded-for") == ["127.0.0.1"])
                #expect(request.fields.all("x-forwarded-proto") == ["http"])
                #expect(request.fields.all("x-forwarded-host") == ["gateway.test"])
                #expect(isTraceParent(request["traceparent"]))
                #expect(request["x-request-id"] == response["x-request-id"])
                #expect((request["x-request-id"] ?? "").utf8.count < 200)
            }
        }
        #expect(log.allSatisfy { $0.contains(#""client":"127.0.0.1""#) })
    }

    @Test("the target is forwarded in the form that was matched, with its query as it came")
    func target() async throws {
        let service = try ScriptedService.answering(ok())
        try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            for (sent, seen) in [
                ("/a%7eb/%e4%bd%a0?x=%7e&y", "/a~b/%E4%BD%A0?x=%7e&y"), ("/?", "/?"),
                ("http://gateway.test/abs?q", "/abs?q"),
            ] {
                #expect(try client.get(sent).status == 200)
                #expect(service.requests.last?.target == seen)
            }
            #expect(try client.get("/a/../b").outcome == "400 24400 BAD_REQUEST")
            #expect(service.requests.count == 3)
        }
    }
}

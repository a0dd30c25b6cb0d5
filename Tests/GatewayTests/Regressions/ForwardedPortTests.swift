import JSON
import Testing

/// Azure's gateways write ports, Nginx and others leave empty entries, and some write `forwarded` alone: the proxy once stood
/// for the client in logs and rate limits, so that all users shared one limit.
@Suite("A client is known behind a trusted proxy that writes its address in another way")
struct ForwardedPortTests {
    static let cases: [(fields: [String], client: String, service: String)] = [
        (["x-forwarded-for: 203.0.113.1:5000"], "203.0.113.1", "203.0.113.1:5000, 127.0.0.1"),
        (["x-forwarded-for: [2001:db8::7]:80"], "2001:db8::7", "[2001:db8::7]:80, 127.0.0.1"),
        (["x-forwarded-for: 1.1.1.1,,10.0.0.1"], "1.1.1.1", "1.1.1.1,,10.0.0.1, 127.0.0.1"),
        (["x-forwarded-for: 1.1.1.1", "x-forwarded-for:"], "1.1.1.1", "1.1.1.1, 127.0.0.1"),
        (["forwarded: for=203.0.113.1;proto=https, for=10.0.0.1"], "203.0.113.1", "203.0.113.1, 127.0.0.1"),
        (["Forwarded: for=\"[2001:db8::7]:80\""], "2001:db8::7", "2001:db8::7, 127.0.0.1"),
        // One that is not the only one is not read, and one in another spelling never is.
        (["forwarded: for=203.0.113.1", "x-forwarded-for: 1.1.1.1"], "1.1.1.1", "1.1.1.1, 127.0.0.1"),
        (["forwarded: for=203.0.113.1", "x-forwarded-for: unknown"], "127.0.0.1", "unknown, 127.0.0.1"),
        (["forwarded_: for=203.0.113.1"], "127.0.0.1", "127.0.0.1"),
        (["forwarded: for=203.0.113.1;for=1.1.1.1"], "127.0.0.1", "127.0.0.1"),
        (["forwarded: for=_hidden"], "127.0.0.1", "127.0.0.1"),
    ]

    @Test("in the log, and for the service", arguments: cases)
    func known(fields: [String], client: String, service expected: String) async throws {
        let service = try ScriptedService.answering(ok())
        let members = ["trustedProxies": #"["127.0.0.1","10.0.0.0/8"]"#]
        let log = try await TestGateway.run(service: service, members: members) { gateway in
            let client = try gateway.client()
            #expect(try client.get("/a", fields: fields).status == 200)
            #expect(service.requests.first?.fields.all("x-forwarded-for") == [expected])
            #expect(service.requests.first?["forwarded"] == nil)
        }
        #expect(try log.entries().first?["client"]?.string == client)
    }

    @Test("not where the peer is a stranger")
    func stranger() async throws {
        let service = try ScriptedService.answering(ok())
        let log = try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            #expect(try client.get("/a", fields: ["forwarded: for=203.0.113.1"]).status == 200)
            #expect(service.requests.first?.fields.all("x-forwarded-for") == ["127.0.0.1"])
        }
        #expect(try log.entries().first?["client"]?.string == "127.0.0.1")
    }
}

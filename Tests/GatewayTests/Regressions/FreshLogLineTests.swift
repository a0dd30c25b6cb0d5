import JSON
import Testing

/// What one request left behind once stood in the line of the next one on the same connection.
@Suite("A log line tells of its own request alone")
struct FreshLogLineTests {
    @Test("a refusal behind a service's answer names no service's status")
    func refusal() async throws {
        let service = try ScriptedService.answering(ok())
        let route = #"{"path":"/open","service":"s","auth":"none"}"#
        let lines = try await TestGateway.run(service: service, routes: [route]) { gateway in
            let client = try gateway.client()
            #expect(try client.get("/open").status == 200)
            #expect(try client.get("/nowhere").status == 404)
        }
        let entries = try lines.entries()
        #expect(entries.count == 2)
        #expect(entries.first?["serviceStatus"]?.integer == 200)
        #expect(entries.last?["status"]?.integer == 404)
        #expect(entries.last?["serviceStatus"] == nil)
        #expect(entries.last?["firstByteUs"] == nil)
    }
}

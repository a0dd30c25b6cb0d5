import Testing

/// The limits on clients' heads once held for services' too: a small one for clients made large responses fail.
@Suite("A service's head has limits of its own")
struct ResponseHeadTests {
    private static func head(fields: Int, bytes: Int) -> String {
        let value = String(repeating: "v", count: bytes / fields)
        return answer("200 OK", "ok", fields: (0..<fields).map { "x-field-\($0): \(value)" })
    }

    @Test(
        "not those of clients, and 64 KiB and 200 fields by default",
        arguments: [
            (150, 1000, 200), (10, 60_000, 200), (201, 1000, 502), (10, 70_000, 502),
        ]
    )
    func limits(fields: Int, bytes: Int, status: Int) async throws {
        let service = try ScriptedService.answering(Self.head(fields: fields, bytes: bytes))
        let members = ["limits": #"{"requestLine":"256B","headers":"1KiB","headerCount":10}"#]
        try await TestGateway.run(service: service, members: members) { gateway in
            let response = try gateway.client().get("/x")
            #expect(response.status == status)
            if status == 502 { response.expectFailure("UPSTREAM_PROTOCOL", status: 502) }
        }
    }

    @Test("that the configuration sets", arguments: [(20, 1000, 200), (31, 1000, 502), (10, 4000, 502)])
    func configured(fields: Int, bytes: Int, status: Int) async throws {
        let service = try ScriptedService.answering(Self.head(fields: fields, bytes: bytes))
        let members = ["limits": #"{"responseHeaders":"3KiB","responseHeaderCount":30}"#]
        try await TestGateway.run(service: service, members: members) { gateway in
            let client = try gateway.client()
            #expect(try client.get("/x").status == status)
        }
    }
}

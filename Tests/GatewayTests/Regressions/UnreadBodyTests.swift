import Testing

/// A bare http.server takes a body that it did not read for the next request: a client's body once was executed as a request
/// that no gateway had seen. Hypercorn answers such bytes when the next user's request is there.
@Suite("A service whose connections are not used again")
struct UnreadBodyTests {
    private static let members = ["reuseConnections": "false"]
    private static let oneWorker = ["workers": "1"]

    @Test("serves no request that stands in a body which it did not read", arguments: ["1", "100"])
    func smuggled(limit: String) async throws {
        let service = try ScriptedService.start { peer in
            // As such servers do: heads only.
            while let request = try peer.readHead() {
                try peer.send(ok(request.target))
                if request["connection"] == "close" {
                    _ = try peer.readToEnd()
                    return
                }
            }
        }
        let members = Self.members.merging(["connections": limit]) { $1 }
        try await TestGateway.run(service: service, serviceMembers: members, members: Self.oneWorker) { gateway in
            let client = try gateway.client()
            let body = "GET /smuggled HTTP/1.1\r\nhost: h\r\nx-user-id: somebody\r\n\r\n"
            for round in 1...3 {
                #expect(try client.request("POST", "/body/\(round)", body: body).text == "/body/\(round)")
                #expect(try gateway.client().get("/next/\(round)").text == "/next/\(round)")
            }
            try service.waitForEnds(6)
            #expect(service.connections == 6)
            #expect(service.heads == 6)
        }
    }

    @Test("is told so in every request, and gets a new connection for each")
    func told() async throws {
        let service = try ScriptedService.start { peer in
            while let request = try peer.readRequest() {
                try peer.send(request.target == "/500" ? answer("500 Oh", "{}") : ok())
            }
        }
        try await TestGateway.run(service: service, serviceMembers: Self.members, members: Self.oneWorker) { gateway in
            let client = try gateway.client()
            #expect(try client.get("/1").status == 200)
            #expect(try client.request("POST", "/2", fields: ["connection: keep-alive"], body: "1").status == 200)
            #expect(try client.get("/500").status == 500)
            #expect(try client.get("/4").status == 200)
            #expect(service.requests.map { $0.fields.all("connection") } == Array(repeating: ["close"], count: 4))
            #expect(service.requests.map(\.connection) == [0, 1, 2, 3])
        }
    }

    @Test("may still change the protocol of its connection")
    func upgraded() async throws {
        let service = try ScriptedService.start { peer in
            guard try peer.readRequest() != nil else { return }
            try peer.send(ServicePeer.switching)
            _ = try peer.readToEnd()
        }
        let route = #"{"path":"/**","service":"s","auth":"none","upgrade":{"protocols":["websocket"]}}"#
        try await TestGateway.run(service: service, serviceMembers: Self.members, routes: [route]) { gateway in
            let client = try gateway.client()
            #expect(try client.openWebSocket("/live").status == 101)
            let connection = service.requests.first?.fields.all("connection").map { $0.lowercased() }
            #expect(connection == ["upgrade"])
        }
    }
}

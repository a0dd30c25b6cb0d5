import Testing

/// Responses to HEAD and 304 with a length once ended the service's connection each time. They may be used again (RFC 9110,
/// section 9.3.2), unless the service sends the body after all, which then would be the next user's response.
@Suite("A connection whose response states the length of a body that it does not have")
struct ClaimedLengthTests {
    private static let head = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n"
    private static let oneWorker = ["workers": "1"]
    private static let steady = ["timeouts": #"{"keepAlive":"60s"}"#]

    @Test("is used again once its target has shown that nothing follows")
    func kept() async throws {
        let service = try ScriptedService.start { peer in
            while let request = try peer.readRequest() {
                switch (request.method, request.target) {
                case ("HEAD", _): try peer.send(Self.head)
                case (_, "/304"): try peer.send("HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n")
                default: try peer.send(ok(request.target))
                }
            }
        }
        try await TestGateway.run(service: service, serviceMembers: Self.steady, members: Self.oneWorker) { gateway in
            let client = try gateway.client()
            #expect(try client.request("HEAD", "/a")["content-length"] == "5")
            // It is in the pool when its trial is over.
            try await gateway.wait(for: "connections.idle", target: 0) { $0 == 1 }
            for round in 1...3 {
                #expect(try client.request("HEAD", "/a").status == 200)
                #expect(try client.get("/304").status == 304)
                #expect(try client.get("/\(round)").text == "/\(round)")
            }
            #expect(service.connections == 1)
        }
    }

    @Test("serves nobody while it is watched, and never again where the body came")
    func broken() async throws {
        let nextIsServed = Gate()
        let service = try ScriptedService.start { peer in
            while let request = try peer.readRequest() {
                guard request.method == "HEAD" else {
                    try peer.send(ok(request.target))
                    continue
                }
                try peer.send(Self.head)
                guard peer.connection == 0 else { continue }
                try nextIsServed.wait()
                try peer.send(ok("poison"))
                _ = try peer.readToEnd()
                return
            }
        }
        defer { nextIsServed.open() }
        try await TestGateway.run(service: service, serviceMembers: Self.steady, members: Self.oneWorker) { gateway in
            let client = try gateway.client()
            // The second is served at once, while the first one's connection is watched.
            try client.send("HEAD /a HTTP/1.1\r\nhost: h\r\n\r\nGET /b HTTP/1.1\r\nhost: h\r\n\r\n")
            #expect(try client.read(toHead: true).status == 200)
            #expect(try client.read().text == "/b")
            #expect(service.connections == 2)
            nextIsServed.open()
            try service.waitForEnds(1)
            try await gateway.wait(for: "stray", target: 0) { $0 == 1 }
            // From now on each ends, without a trial.
            for round in 2...4 {
                #expect(try client.request("HEAD", "/a").status == 200)
                try service.waitForEnds(round)
                #expect(try client.get("/\(round)").text == "/\(round)")
                #expect(service.connections == round + 1)
            }
        }
    }

    @Test("is closed where the service has a limit of connections, so that no request waits for it")
    func limited() async throws {
        let service = try ScriptedService.start { peer in
            while let request = try peer.readRequest() {
                try peer.send(request.method == "HEAD" ? Self.head : ok(request.target))
            }
        }
        try await TestGateway.run(
            service: service,
            serviceMembers: Self.steady.merging(["connections": "1"]) { $1 },
            members: Self.oneWorker
        ) { gateway in
            let client = try gateway.client()
            for round in 1...3 {
                #expect(try client.request("HEAD", "/a").status == 200)
                try service.waitForEnds(round)
                #expect(try client.get("/b").text == "/b")
            }
            #expect(service.connections == 4)
        }
    }
}

import Testing

@Suite("Pages of other origins")
struct CrossOriginRouteTests {
    private static let page = "Origin: https://h5.example"
    private static let cors = #""cors":{"origins":["https://h5.example"],"expose":["x-total"]}"#
    private static let routes = [
        #"{"path":"/api/**","methods":["GET","POST"],"service":"s",\#(cors)}"#,
        #"{"path":"/own/**","service":"s","auth":"none"}"#,
    ]

    private static func service() throws -> ScriptedService {
        try ScriptedService.start { peer in
            while let request = try peer.readRequest() {
                let fields = [
                    "Access-Control-Allow-Origin: *", "access-control-allow-credentials: true",
                    "Access-Control-Expose-Headers: x-secret", "vary: accept",
                ]
                let fails = request.target.hasSuffix("/bad")
                try peer.send(fails ? answer("500 Oops", "{}", fields: fields) : ok(fields: fields))
            }
        }
    }

    @Test("a preflight is answered without a token and without the service, and the connection lives on")
    func preflight() async throws {
        let service = try Self.service()
        let log = try await TestGateway.run(service: service, routes: Self.routes) { gateway in
            let client = try gateway.client()
            for method in ["POST", "GET"] {
                let response = try client.request(
                    "OPTIONS",
                    "/api/x",
                    fields: [
                        Self.page, "Access-Control-Request-Method: \(method)", "Access-Control-Request-Headers: x",
                    ]
                )
                #expect(response.status == 204)
                #expect(response.body.isEmpty)
                #expect(response.fields.all("access-control-allow-origin") == ["https://h5.example"])
                #expect(response.fields.all("access-control-allow-methods") == ["GET, POST"])
                #expect(response["access-control-allow-headers"]?.hasPrefix("authorization, content-type") == true)
                #expect(response["access-control-max-age"] == "600")
                #expect(response.fields.all("vary") == ["origin"])
                #expect(response["x-request-id"] != nil)
            }
            #expect(try client.livesOn())
            #expect(service.connections == 0)
        }
        #expect(log.count == 2)
        #expect(log.first?.contains(#""route":"/api/**""#) == true)
    }

    @Test("what is no preflight, or for no route with cors, goes the way of all requests")
    func noPreflight() async throws {
        let service = try Self.service()
        try await TestGateway.run(service: service, routes: Self.routes) { gateway in
            let client = try gateway.client()
            let wanted = "Access-Control-Request-Method: POST"
            #expect(try client.request("OPTIONS", "/api/x", fields: [wanted]).status == 405)
            #expect(try client.request("OPTIONS", "/api/x", fields: [Self.page]).status == 405)
            let other = [Self.page, "Access-Control-Request-Method: DELETE"]
            #expect(try client.request("OPTIONS", "/api/x", fields: other).status == 405)
            #expect(try client.request("OPTIONS", "/api//x", fields: [Self.page, wanted]).status == 405)
            #expect(try client.request("OPTIONS", "/none", fields: [Self.page, wanted]).status == 404)
            let own = try client.request("OPTIONS", "/own/x", fields: [Self.page, wanted])
            #expect(own.status == 200)
            #expect(own["access-control-allow-origin"] == "*")
            // From elsewhere: an answer that says yes to nobody.
            let stranger = try client.request("OPTIONS", "/api/x", fields: ["Origin: https://evil.example", wanted])
            #expect(stranger.status == 204)
            #expect(stranger["access-control-allow-origin"] == nil && stranger["access-control-allow-methods"] == nil)
        }
    }

    @Test("every answer says who may read it, the gateway's own refusals too; the service's own words go")
    func answers() async throws {
        let service = try Self.service()
        try await TestGateway.run(service: service, routes: Self.routes) { gateway in
            let client = try gateway.client()
            let token = try gateway.token()
            for (path, token, status) in [("/api/x", token, 200), ("/api/bad", token, 500), ("/api/x", "broken", 401)] {
                let response = try client.get(path, token: token, fields: [Self.page])
                #expect(response.status == status)
                #expect(response.fields.all("access-control-allow-origin") == ["https://h5.example"])
                #expect(response["access-control-allow-credentials"] == nil)
                let exposed = response.fields.all("access-control-expose-headers")
                #expect(exposed.count == 1)
                #expect(exposed.first?.contains("x-auth-token") == true && exposed.first?.hasSuffix("x-total") == true)
                #expect(response.fields.all("vary").contains("origin"))
            }
            let unsigned = try client.get("/api/x", fields: [Self.page])
            unsigned.expectRefusal(20001, "AUTH_REQUIRED", status: 401)
            #expect(unsigned["access-control-allow-origin"] == "https://h5.example")
            // Without an origin, and for another one: caches are told, and nothing is allowed.
            for fields in [[], ["Origin: https://evil.example"]] {
                let response = try client.get("/api/x", token: token, fields: fields)
                #expect(response.status == 200)
                #expect(response.fields.names.allSatisfy { !$0.hasPrefix("access-control") })
                #expect(response.fields.all("vary").contains("origin"))
            }
        }
    }
}

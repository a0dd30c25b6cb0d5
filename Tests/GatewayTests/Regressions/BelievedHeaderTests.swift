import Testing

/// Clients could once choose their address, method and user for services that believe such headers.
@Suite("Headers that frameworks believe do not reach a service")
struct BelievedHeaderTests {
    private static let names = [
        "x-http-method", "x-method-override", "true-client-ip", "cf-connecting-ip", "x-client-ip", "client-ip",
        "wl-proxy-client-ip", "HTTP_X_FORWARDED_FOR", "x-url-scheme", "x-original-host", "x-script-name",
        "x-sendfile-type", "remote-user", "ms-aspnetcore-winauthtoken", "x-client-cert",
    ]

    @Test("whoever sends them, however they are spelt", arguments: ["", #"["127.0.0.1"]"#])
    func removed(trusted: String) async throws {
        let service = try ScriptedService.answering(ok())
        let members = trusted.isEmpty ? [:] : ["trustedProxies": trusted]
        let routes = [
            TestGateway.openRoute,
            #"{"path":"/override","service":"s","auth":"none","methodOverride":true}"#,
        ]
        try await TestGateway.run(service: service, routes: routes, members: members) { gateway in
            let client = try gateway.client()
            let spellings = Self.names.flatMap { name in
                [name, name.uppercased(), name.replacing("-", with: "_"), name.replacing("-", with: ".")]
            }
            let fields = spellings.map { "\($0): DELETE" } + ["x-kept: DELETE"]
            for path in ["/x", "/override"] {
                #expect(try client.request("POST", path, fields: fields, body: "1").status == 200)
                let request = try #require(service.requests.last)
                #expect(request.method == "POST")
                #expect(request.fields.lines.filter { $0.value == "DELETE" }.map(\.name) == ["x-kept"])
            }
        }
    }

    @Test("but a rule of the route may set one")
    func ruled() async throws {
        let service = try ScriptedService.answering(ok())
        let route =
            #"{"path":"/**","service":"s","auth":"none","requestHeaders":{"set":{"x-client-ip":"${client.address}"}}}"#
        try await TestGateway.run(service: service, routes: [route]) { gateway in
            let response = try gateway.client().get("/x", fields: ["X-Client-IP: 1.2.3.4", "x_client_ip: 1.2.3.4"])
            #expect(response.status == 200)
            #expect(service.requests.first?.fields.all("x-client-ip") == ["127.0.0.1"])
            #expect(service.requests.first?["x_client_ip"] == nil)
        }
    }
}

import JSON
import Testing

/// The envelope of a service once passed as it was, but for `relogin`: with `auth` it gave the client a token of the service's
/// choice, for example an attacker's, and with `replay` it had a request sent twice.
@Suite("A service's own envelope gives a client no token and no orders")
struct PlantedTokenTests {
    private static let planted =
        #"{"auth":{"token":"planted","expiresIn":7200},"code":30000,"msg":"No!","data":{"data":null,"status":409},"#
        + #""reason":"AUTH_EXPIRED","relogin":true,"replay":true,"requestId":"planted","token":"planted"}"#
    private static let fields = [
        "content-type: application/json", "X-Auth-Token: planted", "x_auth_token: planted", "X-Auth-Expires-In: 7200",
    ]

    @Test("whichever status it comes with", arguments: ["401 Who", "409 No", "500 Oh"])
    func nested(status: String) async throws {
        let service = try ScriptedService.answering(answer(status, Self.planted, fields: Self.fields))
        try await TestGateway.run(service: service) { gateway in
            let response = try gateway.client().get("/x")
            let members = try #require(response.json?.members).map(\.name)
            #expect(members == ["code", "msg", "data", "reason", "relogin", "replay", "requestId"])
            #expect(response.json?["msg"]?.string == "No!")
            #expect(response.dataStatus == 409)
            #expect(response.reason == "UPSTREAM_STATUS")
            #expect(response.relogin == false && response.replay == false)
            #expect(response.json?["requestId"]?.string == response["x-request-id"])
            #expect(!response.text.contains("planted"))
            #expect(!response.fields.names.contains { $0.lowercased().contains("auth") })
        }
    }

    @Test("also where the gateway has one to give", arguments: ["409 No", "200 OK"])
    func beside(status: String) async throws {
        let service = try ScriptedService.answering(answer(status, Self.planted, fields: Self.fields))
        let route = #"{"path":"/**","service":"s","success":"wrap"}"#
        try await LoginBench.run(service: service, routes: [route]) { bench in
            let response = try bench.gateway.client().get("/x", fields: ["x-wx-code: \(try bench.code())"])
            let token = try #require(response["x-auth-token"])
            #expect(token.hasPrefix("ey"))
            #expect(response.fields.all("x-auth-token") == [token])
            #expect(response.json?["auth"]?["token"]?.string == token)
            #expect(response.json?["token"] == nil)
        }
    }
}

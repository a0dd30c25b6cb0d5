import Testing

/// An empty body that claims to be JSON was once answered with 502, or cut, although the service had done its work. A client
/// that reads a failure tries again.
@Suite("A success without a value is wrapped as null")
struct WrappedNothingTests {
    private static let route = #"{"path":"/**","service":"s","auth":"none","success":"wrap"}"#
    private static let null = #"{"code":10000,"msg":"Success!","data":null}"#

    private static func created(_ framing: String, _ body: String = "") -> String {
        "HTTP/1.1 201 Created\r\ncontent-type: application/json\r\n\(framing)\r\n\r\n\(body)"
    }

    @Test(
        "empty or white space, with a length or chunked, and the connection serves the next request",
        arguments: [
            created("content-length: 0"), created("content-length: 1", "\n"), created("content-length: 3", " \r\n"),
            created("content-length: 4", "    "), created("transfer-encoding: chunked", "0\r\n\r\n"),
            created("transfer-encoding: chunked", "1\r\n \r\n2\r\n\r\n\r\n0\r\n\r\n"),
        ],
        ["HTTP/1.1", "HTTP/1.0"]
    )
    func nothing(response: String, version: String) async throws {
        let service = try ScriptedService.answering(response)
        try await TestGateway.run(service: service, routes: [Self.route], members: ["workers": "1"]) { gateway in
            for _ in 1...2 {
                let response = try gateway.client().request("POST", "/x", body: "1", version: version)
                #expect(response.status == 201)
                #expect(response.text == Self.null)
                #expect(response["content-type"] == "application/json; charset=utf-8")
            }
            #expect(service.connections == 1)
        }
    }

    @Test("white space beyond that stays, so that the length is the announced one")
    func long() async throws {
        let blanks = String(repeating: " ", count: 20_000)
        let service = try ScriptedService.answering(Self.created("content-length: \(blanks.utf8.count)", blanks))
        try await TestGateway.run(service: service, routes: [Self.route]) { gateway in
            let client = try gateway.client()
            let response = try client.request("POST", "/x", body: "1")
            #expect(response.text == #"{"code":10000,"msg":"Success!","data":"# + blanks.dropLast(4) + "null}")
            #expect(try client.livesOn())
        }
    }
}

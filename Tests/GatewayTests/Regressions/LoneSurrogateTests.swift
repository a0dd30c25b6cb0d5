import Testing

/// Such a body is JSON (RFC 8259, section 8.2), as JavaScript and Python write it of half a character. It once cut a wrapped
/// answer, and became a string in a failure.
@Suite("An escape that is half of a surrogate pair is JSON")
struct LoneSurrogateTests {
    private static let json = ["content-type: application/json"]

    @Test(
        "wrapped in a success and embedded in a failure as it stands",
        arguments: [#"{"a":"\ud83d"}"#, #"["\udc00\ud800"]"#, #"{"\ud800":"\ud800\u0041"}"#]
    )
    func passes(body: String) async throws {
        let service = try ScriptedService.start { peer in
            while let request = try peer.readRequest() {
                let status = request.target == "/bad" ? "400 Bad" : "200 OK"
                try peer.send(answer(status, body, fields: Self.json))
            }
        }
        let route = #"{"path":"/**","service":"s","auth":"none","success":"wrap"}"#
        try await TestGateway.run(service: service, routes: [route]) { gateway in
            let client = try gateway.client()
            #expect(try client.get("/good").text == #"{"code":10000,"msg":"Success!","data":\#(body)}"#)
            let failed = try client.get("/bad")
            #expect(failed.status == 400)
            #expect(failed.text.contains(#""data":{"data":\#(body),"status":400},"#))
            #expect(try client.livesOn())
        }
    }
}

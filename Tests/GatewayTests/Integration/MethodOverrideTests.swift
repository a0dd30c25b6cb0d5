import Testing

@Suite("x-http-method-override")
struct MethodOverrideTests {
    private static let routes = [
        #"{"path":"/o/*","methods":["POST","PATCH","DELETE"],"service":"s","auth":"none","methodOverride":true}"#,
        #"{"path":"/only/*","methods":["PUT"],"service":"s","auth":"none","methodOverride":true}"#,
        #"{"path":"/split","methods":["POST"],"service":"s","auth":"none"}"#,
        #"{"path":"/split","methods":["PATCH"],"service":"s","auth":"none","methodOverride":true}"#,
        #"{"path":"/other","methods":["POST","PUT"],"service":"s","auth":"none","methodOverride":true}"#,
        #"{"path":"/other","methods":["PATCH"],"service":"s","auth":"required"}"#,
        #"{"path":"/plain","methods":["POST","PATCH"],"service":"s","auth":"none"}"#,
    ]

    static let cases: [(method: String, path: String, fields: [String], outcome: String)] = [
        ("POST", "/o/1", ["X-HTTP-Method-Override: PATCH"], "PATCH"),
        ("POST", "/o/1", ["x-http-method-override: DELETE"], "DELETE"),
        ("POST", "/o/1", [], "POST"),
        ("POST", "/o/1", ["x-http-method-override: PUT"], "405 POST, PATCH, DELETE"),
        ("POST", "/o/1", ["x-http-method-override: GET"], "400"),
        ("POST", "/o/1", ["x-http-method-override: patch"], "400"),
        ("POST", "/o/1", ["x-http-method-override: PATCH x"], "400"),
        ("POST", "/o/1", ["x-http-method-override:"], "400"),
        ("POST", "/o/1", ["x-http-method-override: PATCH", "x-http-method-override: DELETE"], "400"),
        // An alias is not the field, and does not reach the service either.
        ("POST", "/o/1", ["x_http_method_override: PATCH"], "POST"),
        ("DELETE", "/o/1", ["x-http-method-override: PATCH"], "DELETE"),
        ("POST", "/only/1", ["x-http-method-override: PUT"], "PUT"),
        ("POST", "/only/1", [], "405 PUT"),
        ("POST", "/split", ["x-http-method-override: PATCH"], "PATCH"),
        ("POST", "/split", [], "POST"),
        // A guarded route that does not honour the field is not to be had by way of one that does.
        ("POST", "/other", ["x-http-method-override: PATCH"], "405 POST"),
        ("POST", "/plain", ["x-http-method-override: PATCH"], "POST"),
    ]

    @Test("says the method on POST, where the route of that method honours it", arguments: cases)
    func overriding(_ example: (method: String, path: String, fields: [String], outcome: String)) async throws {
        let service = try ScriptedService.answering(ok())
        let log = try await TestGateway.run(service: service, routes: Self.routes) { gateway in
            let client = try gateway.client()
            let response = try client.request(example.method, example.path, fields: example.fields, body: "body")
            let request = service.requests.first
            switch response.status {
            case 200: #expect(request?.method == example.outcome)
            case 405: #expect("405 " + (response["allow"] ?? "") == example.outcome)
            default: #expect("\(response.status)" == example.outcome)
            }
            #expect((request == nil) == (response.status != 200))
            if let request {
                #expect(request.text == "body")
                #expect(request.fields.names.allSatisfy { !$0.lowercased().contains("override") })
            }
            #expect(try client.livesOn())
        }
        let sent = example.outcome.first?.isLetter == true ? example.outcome : example.method
        #expect(log.first?.contains("\"method\":\"\(sent)\"") == true, "\(log)")
    }
}

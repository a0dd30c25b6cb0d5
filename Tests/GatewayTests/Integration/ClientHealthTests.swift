import Gateway
import JSON
import Testing

@Suite("Health over real sockets")
struct ClientHealthTests {
    private static let admin = ["admin": #"{"address":"127.0.0.1:0"}"#]

    @Test("is told to GET and HEAD on both ports, without a token and without a line in the log")
    func health() async throws {
        let service = try EchoService.start()
        let log = try await TestGateway.run(service: service, routes: [], members: Self.admin) { gateway in
            let adminPort = try #require(gateway.gateway.adminPort)
            for port in [gateway.port, adminPort] {
                let client = try RawClient(port: port)
                for (path, body) in [("/livez", "live"), ("/readyz", "ready"), ("/healthz", "ready")] {
                    let response = try client.get(path)
                    #expect(response.status == 200)
                    #expect(response.text == #"{"code":10000,"msg":"Success!","data":{"status":"\#(body)"}}"#)
                    #expect(response["content-type"] == "application/json; charset=utf-8")
                    #expect(response["cache-control"] == "no-store")
                    let head = try client.request("HEAD", path)
                    #expect(head.status == 200)
                    #expect(head["content-length"] == "\(response.body.count)")
                    #expect(try client.get(path + "?verbose").status == 200)
                    let post = try client.request("POST", path, body: "x")
                    #expect(post.outcome == "405 24405 METHOD_NOT_ALLOWED")
                    #expect(post["allow"] == "GET, HEAD")
                }
                #expect(try client.livesOn())
            }
            // Nothing else is served on the admin port.
            let admin = try gateway.operators()
            for path in ["/", "/auth/session", "/auth/login", "/a"] {
                #expect(try admin.get(path).outcome == "404 24404 ROUTE_NOT_FOUND")
            }
        }
        #expect(log.count == 4)
    }

    @Test("stays on the admin port where the configuration says so")
    func trafficOff() async throws {
        let service = try EchoService.start()
        let members = Self.admin.merging(["health": #"{"traffic":false}"#]) { $1 }
        try await TestGateway.run(service: service, members: members) { gateway in
            // The paths are the services' then.
            #expect(try gateway.client().get("/livez").text == "GET /livez ")
            let admin = try gateway.operators()
            #expect(try admin.get("/readyz").code == 10000)
        }
    }
}

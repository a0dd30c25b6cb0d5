import Configuration
import Testing

@testable import Gateway

/// A service whose target was the gateway itself once made 1,356 lines of the access log from one request.
@Suite("A request that comes back")
struct LoopTests {
    @Test("goes round once, and no further")
    func circle() async throws {
        let log = try await TestGateway.run(services: ["s": .port(1)]) { gateway in
            // The port is known only now, so that `check` could not refuse it.
            try await gateway.gateway.adopt(
                gateway.configuration(services: ["s": .port(gateway.port)], routes: [TestGateway.openRoute])
            )
            let response = try gateway.client().get("/x")
            #expect(response.status == 508)
            #expect(response.text.contains(#""code":30000"#) && response.text.contains("LOOP_DETECTED"))
        }
        #expect(log.count == 2)
    }

    @Test(
        "is refused whoever sends it, in whatever place of the list",
        arguments: ["NAME", "1.1 edge, NAME", "NAME, 1.0 behind", "1.1 edge,NAME (a comment)", "HTTP/NAME"]
    )
    func refused(list: String) async throws {
        let service = try ScriptedService.answering(ok())
        try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            #expect(try client.get("/x").status == 200)
            let via = try #require(service.requests.last?["via"])
            let response = try client.get("/y", fields: ["via: " + list.replacing("NAME", with: via)])
            response.expectRefusal(25008, "LOOP_DETECTED", status: 508)
            #expect(service.requests.count == 1)
            #expect(try client.livesOn())
        }
    }

    @Test("is told from one that came through another gateway")
    func others() async throws {
        let service = try ScriptedService.answering(ok())
        try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            let own = String(decoding: ViaName.own.bytes, as: UTF8.self)
            let other = String(decoding: ViaName(number: ~0xAB).bytes, as: UTF8.self)
            for name in [other, "menshen", own + "0", "x" + own, "edge (\(own))"] {
                #expect(try client.get("/x", fields: ["via: 1.1 " + name]).status == 200)
            }
        }
    }

    @Test("Every name has the same length")
    func names() {
        #expect(ViaName(number: 0xAB).bytes == Array("menshen-000000ab".utf8))
        #expect(ViaName(number: .max).bytes == Array("menshen-ffffffff".utf8))
    }
}

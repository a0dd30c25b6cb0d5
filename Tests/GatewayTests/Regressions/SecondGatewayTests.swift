import Logging
import Testing

@testable import Gateway

@Suite("A second gateway on the file of a running one")
struct SecondGatewayTests {
    @Test("does not start, and says why")
    func second() async throws {
        let service = try ScriptedService.answering(ok())
        try await TestGateway.run(service: service) { gateway in
            var reason = ""
            do {
                let second = try await Gateway.start(gateway.configuration, logger: Logger(label: "test"))
                try await second.stop()
            } catch let failure as GatewayStartFailure {
                reason = failure.description
            }
            #expect(reason.hasPrefix("sessions.store ") && reason.contains("another gateway runs on this file"))
            #expect(try gateway.client().get("/a").status == 200, "the first one goes on")
        }
    }
}

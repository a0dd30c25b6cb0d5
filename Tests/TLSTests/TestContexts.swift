import Cryptography
import TestCertificates

@testable import TLS

/// A server with a good certificate for `service.test`, and a client that trusts its authority.
struct TestContexts {
    let world: TestWorld
    let client: TLSContext
    let server: TLSContext

    init() throws {
        world = try TestWorld.shared.get()
        client = try TLSContext.client(trusting: .authorities(try world.root.certificate.list))
        server = try TLSContext.server(identity: try world.service.certified())
    }

    /// The client's end of a new connection.
    func connecting(_ sessions: TLSSessionCache? = nil, now: Int64 = 0) throws -> EngineRun {
        EngineRun(try TLSEngine(client: client, peer: "service.test", sessions: sessions, now: now))
    }
}

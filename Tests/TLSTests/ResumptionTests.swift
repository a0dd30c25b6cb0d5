import COpenSSL
import Cryptography
import NIOCore
import TestCertificates
import Testing

@testable import TLS

@Suite("Sessions that are taken up again", .timeLimit(.minutes(5)))
struct ResumptionTests {
    private let contexts: TestContexts

    init() throws { contexts = try TestContexts() }

    /// A whole connection with data both ways; true where a session was reused.
    private func visit(_ sessions: TLSSessionCache, now: Int64 = 0, server: TLSContext? = nil) throws -> Bool {
        var client = try contexts.connecting(sessions, now: now)
        var server = EngineRun(try TLSEngine(server: server ?? contexts.server))
        connect(&client, &server)
        try client.write([1])
        server.feed(client.takeOutput())
        try server.write([2])
        client.feed(server.takeOutput())
        #expect(server.plaintext == [1] && client.plaintext == [2])
        #expect(client.fault == nil && server.fault == nil)
        #expect(client.engine.sessionReused == server.engine.sessionReused)
        return client.engine.sessionReused
    }

    @Test("The second connection is short, and so are all that follow")
    func counters() throws {
        let sessions = TLSSessionCache()
        #expect(try !visit(sessions))
        #expect(sessions.count > 0)
        for _ in 0..<10 { #expect(try visit(sessions)) }
        #expect(sessions.fullHandshakes == 1)
        #expect(sessions.resumptions == 10)
        #expect(sessions.count <= TLSSessionCache.limit)
    }

    @Test("with TLS 1.2 too")
    func version12() throws {
        // A raw server keeps its tickets' keys in its own context, so the sessions come from one server.
        let sessions = TLSSessionCache()
        let identity = try contexts.world.service.certified()
        let context = try TLSContext.server(identity: identity)
        #expect(copenssl_tls_set_versions(context.pointer, TLS1_2_VERSION, TLS1_2_VERSION) == 1)
        #expect(try !visit(sessions, server: context))
        #expect(try visit(sessions, server: context))
        #expect(sessions.resumptions == 1)
    }

    @Test("No session is used twice")
    func once() throws {
        let sessions = TLSSessionCache()
        _ = try visit(sessions)
        let count = sessions.count
        let held = try (0..<count).map { _ in try contexts.connecting(sessions) }
        #expect(sessions.count == 0)
        #expect(held.count == count)
        #expect(try !visit(sessions), "none is left, so the certificate is looked at again")
    }

    @Test("A certificate is verified again after an hour, however many sessions grew out of it")
    func lifetime() throws {
        let sessions = TLSSessionCache()
        #expect(try !visit(sessions, now: 1000))
        for now in stride(from: Int64(1600), through: 4500, by: 600) { #expect(try visit(sessions, now: now)) }
        #expect(try !visit(sessions, now: 1000 + TLSSessionCache.lifetime))
        #expect(try visit(sessions, now: 1001 + TLSSessionCache.lifetime))
    }

    @Test("A server that has forgotten its keys gets a full handshake")
    func forgotten() throws {
        let sessions = TLSSessionCache()
        _ = try visit(sessions)
        let other = try TLSContext.server(identity: try contexts.world.service.certified())
        #expect(try !visit(sessions, server: other))
        #expect(sessions.fullHandshakes == 2)
    }

    @Test("A connection that failed its verification leaves no session")
    func refused() throws {
        let sessions = TLSSessionCache()
        var client = EngineRun(
            try TLSEngine(client: contexts.client, peer: "other.test", sessions: sessions, now: 0)
        )
        var server = EngineRun(try TLSEngine(server: contexts.server))
        connect(&client, &server)
        #expect(client.fault == .nameMismatch)
        #expect(sessions.count == 0 && sessions.fullHandshakes == 0)
    }

    @Test("Without a cache every handshake is a full one")
    func none() throws {
        for _ in 0..<2 {
            var client = EngineRun(
                try TLSEngine(client: contexts.client, peer: "service.test", sessions: nil, now: 0)
            )
            var server = EngineRun(try TLSEngine(server: contexts.server))
            connect(&client, &server)
            #expect(client.engine.isOpen && !client.engine.sessionReused)
        }
    }
}

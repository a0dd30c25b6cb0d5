import COpenSSL
import Cryptography
import NIOCore
import TestCertificates
import Testing

@testable import TLS

@Suite("A peer's certificate", .timeLimit(.minutes(5)))
struct VerificationTests {
    private static let root = Result { try TestAuthority() }

    struct Case: Sendable, CustomTestStringConvertible {
        let what: String
        var request: @Sendable () -> TestAuthority.Request = { .init() }
        var peer = "service.test"
        var signer = Signer.root
        var trust = Trusted.root
        let fault: TLSFault?

        enum Signer { case root, other, itself, below, belowUnsent }
        enum Trusted { case root, system, leaf, nobody }

        var testDescription: String { what }
    }

    static let cases: [Case] = [
        Case(what: "good", fault: nil),
        Case(
            what: "good, by a wildcard",
            request: { .init(names: "DNS:*.service.test") },
            peer: "a.service.test",
            fault: nil
        ),
        Case(what: "good, of an authority below the root", signer: .below, fault: nil),
        Case(what: "without the authority between", signer: .belowUnsent, fault: .unknownAuthority),
        Case(what: "expired", request: { .init(begins: -7200, ends: -3600) }, fault: .certificateExpired),
        Case(what: "not yet valid", request: { .init(begins: 3600, ends: 7200) }, fault: .certificateNotYetValid),
        Case(what: "of another name", peer: "other.test", fault: .nameMismatch),
        Case(
            what: "of a wildcard one level up",
            request: { .init(names: "DNS:*.service.test") },
            peer: "a.b.service.test",
            fault: .nameMismatch
        ),
        Case(what: "of a partial wildcard", request: { .init(names: "DNS:ser*.test") }, fault: .nameMismatch),
        Case(what: "with the name in its subject only", request: { .init(names: "") }, fault: .nameMismatch),
        Case(
            what: "good, of an IPv4 address",
            request: { .init(names: "IP:127.0.0.1") },
            peer: "127.0.0.1",
            fault: nil
        ),
        Case(what: "good, of an IPv6 address", request: { .init(names: "IP:::1") }, peer: "::1", fault: nil),
        Case(
            what: "of another address",
            request: { .init(names: "IP:127.0.0.2") },
            peer: "127.0.0.1",
            fault: .nameMismatch
        ),
        Case(
            what: "of an address as a name",
            request: { .init(names: "DNS:127.0.0.1") },
            peer: "127.0.0.1",
            fault: .nameMismatch
        ),
        Case(what: "self-signed", signer: .itself, fault: .selfSigned),
        Case(what: "self-signed and named as trusted", signer: .itself, trust: .leaf, fault: nil),
        Case(
            what: "self-signed, trusted, and of another name",
            peer: "other.test",
            signer: .itself,
            trust: .leaf,
            fault: .nameMismatch
        ),
        Case(what: "of an unknown authority", signer: .other, fault: .unknownAuthority),
        Case(what: "of an authority that the system does not know", trust: .system, fault: .unknownAuthority),
        Case(what: "for clients only", request: { .init(usage: "clientAuth") }, fault: .certificateInvalid),
        Case(what: "of a weak key", request: { .init(rsaBits: 1024) }, fault: .certificateWeak),
        Case(
            what: "of anybody, where nothing is verified",
            peer: "other.test",
            signer: .itself,
            trust: .nobody,
            fault: nil
        ),
    ]

    @Test("is taken or refused for what it is", arguments: cases)
    func matrix(_ test: Case) throws {
        let root = try Self.root.get()
        let below = try TestAuthority(subject: "Test Below", below: root)
        let certificate =
            switch test.signer {
            case .root: try root.issue(test.request())
            case .other: try TestAuthority(subject: "Other Root").issue(test.request())
            case .itself: try TestAuthority.selfSigned(test.request())
            case .below, .belowUnsent: try below.issue(test.request())
            }
        let trust: TLSContext.Trust =
            switch test.trust {
            case .root: .authorities(try root.certificate.list)
            case .leaf: .authorities(try certificate.list)
            case .system: .system
            case .nobody: .unverified
            }
        let context = try TLSContext.client(trusting: trust)
        var run = EngineRun(try TLSEngine(client: context, peer: test.peer, sessions: nil, now: 0))
        let peer =
            test.signer == .below
            ? try RawPeer.server(try certificate.certified(with: below.certificate))
            : try RawPeer.server(showing: certificate)
        run.exchange(with: peer)
        #expect(run.fault == test.fault)
        #expect(run.engine.isOpen == (test.fault == nil))
    }

    @Test("An intermediate authority can be the one that is trusted")
    func partialChain() throws {
        let below = try TestAuthority(subject: "Test Below", below: try Self.root.get())
        let context = try TLSContext.client(trusting: .authorities(try below.certificate.list))
        var run = EngineRun(try TLSEngine(client: context, peer: "service.test", sessions: nil, now: 0))
        run.exchange(with: try RawPeer.server(try below.issue().certified()))
        #expect(run.engine.isOpen)
    }

    /// What a server that asks for a certificate says of ours; with TLS 1.3 it says so after our handshake is done.
    @Test("of ours is taken, refused or missed by the server", arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
    func ofClients(version: CInt) throws {
        let world = try TestWorld.shared.get()
        let stranger = try TestAuthority(subject: "Other Root").issue()
        let table: [(CertifiedKey?, TLSFault?, TLSFault?)] = [
            (try world.client.certified(), nil, nil),
            (try stranger.certified(), .certificateRefused, .unknownAuthority),
            (nil, version == TLS1_2_VERSION ? .handshakeFailed : .certificateRefused, .certificateMissing),
        ]
        for (identity, clientFault, serverFault) in table {
            let roots = try world.root.certificate.list
            let context = try TLSContext.client(trusting: .authorities(roots), identity: identity)
            var run = EngineRun(try TLSEngine(client: context, peer: "service.test", sessions: nil, now: 0))
            let options = RawPeer.Options(lowest: version, highest: version, clients: roots)
            let peer = try RawPeer.server(try world.service.certified(), options)
            run.exchange(with: peer)
            #expect(run.fault == clientFault)
            #expect(peer.isOpen == (clientFault == nil))

            // The same with our own server.
            let accepting = try TLSContext.server(identity: try world.service.certified(), clients: roots)
            var server = EngineRun(try TLSEngine(server: accepting))
            var client = EngineRun(try TLSEngine(client: context, peer: "service.test", sessions: nil, now: 0))
            connect(&client, &server)
            #expect(server.fault == serverFault)
        }
    }

    @Test("Names are asked for by name, addresses are not", arguments: ["service.test", "127.0.0.1", "::1"])
    func serverName(peer: String) throws {
        let context = try TLSContext.client(trusting: .unverified)
        var run = EngineRun(try TLSEngine(client: context, peer: peer, sessions: nil, now: 0))
        let server = try RawPeer.server(try TestWorld.shared.get().service.certified())
        run.exchange(with: server)
        let name = SSL_get_servername(server.connection, TLSEXT_NAMETYPE_host_name).map { String(cString: $0) }
        #expect(name == (peer == "service.test" ? peer : nil))
    }

    @Test("Every fault has a word of its own")
    func words() {
        let words = Set(TLSFault.allCases.map { "\($0.label)" })
        #expect(words.count == TLSFault.allCases.count)
        for word in words {
            #expect(word.allSatisfy { $0.isLowercase || $0 == "_" })
        }
    }
}

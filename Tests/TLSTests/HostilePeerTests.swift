import COpenSSL
import Cryptography
import NIOCore
import RandomJSON
import TestCertificates
import Testing

@testable import TLS

@Suite("A hostile peer", .timeLimit(.minutes(5)))
struct HostilePeerTests {
    let world: TestWorld

    init() throws { world = try TestWorld.shared.get() }

    /// Our server's end with a client of OpenSSL's.
    private func pair(_ version: CInt) throws -> (EngineRun, RawPeer) {
        let context = try TLSContext.server(identity: try world.service.certified())
        var run = EngineRun(try TLSEngine(server: context))
        let peer = try RawPeer.client(.init(lowest: version, highest: version))
        run.exchange(with: peer)
        try #require(run.engine.isOpen)
        return (run, peer)
    }

    @Test("that updates its keys again and again is cut off, and little is said to it meanwhile")
    func keyUpdates() throws {
        var (run, peer) = try pair(TLS1_3_VERSION)
        var said = 0
        for round in 1...200 {
            #expect(SSL_key_update(peer.connection, SSL_KEY_UPDATE_REQUESTED) == 1)
            peer.write([])
            SSL_do_handshake(peer.connection)
            run.feed(peer.takeOutput())
            said += run.takeOutput().count
            if run.fault != nil {
                #expect(round > TLSEngine.messageLimit / 4)
                break
            }
        }
        #expect(run.fault == .excessive)
        #expect(said < 4096)
    }

    @Test("may update its keys now and then while data flows")
    func honestKeyUpdates() throws {
        var (run, peer) = try pair(TLS1_3_VERSION)
        let part = [UInt8](repeating: 5, count: 1 << 20)
        for _ in 0..<64 {
            #expect(SSL_key_update(peer.connection, SSL_KEY_UPDATE_NOT_REQUESTED) == 1)
            peer.write(part)
            run.feed(peer.takeOutput())
            #expect(run.fault == nil)
            run.plaintext = []
        }
    }

    @Test("that wants to renegotiate gets a no, and is cut off when it insists")
    func renegotiation() throws {
        var (run, peer) = try pair(TLS1_2_VERSION)
        var said = 0
        for _ in 0..<200 where run.fault == nil {
            SSL_renegotiate(peer.connection)
            SSL_do_handshake(peer.connection)
            run.feed(peer.takeOutput())
            said += run.takeOutput().count
        }
        // OpenSSL's client does not ask twice before it has an answer; that it never got a new handshake is what counts.
        #expect(said < 4096)
        peer.feed(run.takeOutput())
        #expect(peer.plaintext.isEmpty)
    }

    @Test("that sends records of one byte gets one buffer for all of them")
    func smallRecords() throws {
        for version in [TLS1_2_VERSION, TLS1_3_VERSION] {
            let (run, peer) = try pair(version)
            var wire: [UInt8] = []
            for byte in 0..<1000 {
                peer.write([UInt8(truncatingIfNeeded: byte)])
                wire += peer.takeOutput()
            }
            run.engine.feed(ByteBuffer(bytes: wire))
            let read = try #require(try run.engine.read())
            #expect(Array(read.readableBytesView) == (0..<1000).map { UInt8(truncatingIfNeeded: $0) })
            #expect(try run.engine.read() == nil)
        }
    }

    @Test("that sends a record longer than there are is cut off", arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
    func hugeRecord(version: CInt) throws {
        var (run, _) = try pair(version)
        run.feed([23, 3, 3, 0xFF, 0xFF])
        run.feed([UInt8](repeating: 0, count: 1000))
        #expect(run.fault == .malformed)
    }

    @Test("that sends an endless handshake is cut off")
    func endlessHandshake() throws {
        let context = try TLSContext.server(identity: try world.service.certified())
        var run = EngineRun(try TLSEngine(server: context))
        // A ClientHello that says it is 16 MiB long.
        var sent = 0
        run.feed([22, 3, 1, 0x40, 0, 1, 0xFF, 0xFF, 0xFF] + [UInt8](repeating: 0, count: 16_380))
        while run.fault == nil, sent < 4 << 20 {
            run.feed([22, 3, 1, 0x40, 0] + [UInt8](repeating: 0, count: 16_384))
            sent += 16_389
        }
        #expect(run.fault != nil)
        #expect(sent < TLSEngine.handshakeLimit)
    }

    @Test("that sends random bytes at any point does no more than end the connection")
    func randomBytes() throws {
        var random = SeededGenerator()
        for _ in 0..<200 {
            let context = try TLSContext.server(identity: try world.service.certified())
            var run = EngineRun(try TLSEngine(server: context))
            let peer = try RawPeer.client()
            peer.advance()
            var hello = peer.takeOutput()
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                let index = Int.random(in: 0..<hello.count, using: &random)
                hello[index] = UInt8.random(in: 0...255, using: &random)
            }
            run.feed(hello)
            run.feed(random.bytes(Int.random(in: 1...20_000, using: &random)))
            #expect(!run.engine.isOpen, "seed \(random.seed)")
            #expect(run.plaintext.isEmpty, "seed \(random.seed)")
        }
    }
}

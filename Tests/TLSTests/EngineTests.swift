import COpenSSL
import Cryptography
import NIOCore
import RandomJSON
import TestCertificates
import Testing

@testable import TLS

@Suite("One end of TLS, with OpenSSL at the other", .timeLimit(.minutes(2)))
struct EngineTests {
    private let contexts: TestContexts

    init() throws { contexts = try TestContexts() }

    private func rawServer(_ options: RawPeer.Options = .init()) throws -> RawPeer {
        try RawPeer.server(try contexts.world.service.certified(), options)
    }

    @Test("The client's end takes what the server says at every split", arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
    func clientSplits(version: CInt) throws {
        let sizes = Array(1...64) + [100, 250, 500, 700, 1000, 1500, 5000]
        for size in sizes {
            var run = try contexts.connecting()
            let peer = try rawServer(.init(lowest: version, highest: version))
            run.exchange(with: peer) { _ in size }
            #expect(run.fault == nil && run.engine.isOpen && peer.isOpen, "pieces of \(size)")
            try run.write(Array("question".utf8))
            peer.feed(run.takeOutput())
            peer.write(Array("answer".utf8))
            run.exchange(with: peer) { _ in size }
            #expect(peer.plaintext == Array("question".utf8))
            #expect(run.plaintext == Array("answer".utf8))
            #expect(run.engine.isQuiet)
            #expect(run.engine.version == (version == TLS1_3_VERSION ? "TLSv1.3" : "TLSv1.2"))
        }
    }

    @Test("The server's end takes what the client says at every split", arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
    func serverSplits(version: CInt) throws {
        for size in Array(1...64) + [100, 250, 500] {
            var run = EngineRun(try TLSEngine(server: contexts.server))
            let peer = try RawPeer.client(.init(lowest: version, highest: version))
            run.exchange(with: peer) { _ in size }
            #expect(run.fault == nil && run.engine.isOpen && peer.isOpen, "pieces of \(size)")
            peer.write(Array("question".utf8))
            run.exchange(with: peer) { _ in size }
            try run.write(Array("answer".utf8))
            peer.feed(run.takeOutput())
            #expect(run.plaintext == Array("question".utf8))
            #expect(peer.plaintext == Array("answer".utf8))
        }
    }

    @Test("Random bodies in random pieces both ways come out as they went in")
    func randomPieces() throws {
        var random = SeededGenerator()
        for round in 0..<40 {
            var run = try contexts.connecting()
            let peer = try rawServer(.init(lowest: round % 2 == 0 ? TLS1_2_VERSION : TLS1_3_VERSION))
            run.exchange(with: peer) { Int.random(in: 1...$0, using: &random) }
            var sent: [UInt8] = []
            var answered: [UInt8] = []
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    let part = random.bytes(
                        [0, 1, 100, 16_383, 16_384, 16_385, 40_000].randomElement(using: &random) ?? 0
                    )
                    sent += part
                    try run.engine.write(ByteBuffer(bytes: part))
                }
                try run.engine.seal()
                run.collect()
                let part = random.bytes(Int.random(in: 0...60_000, using: &random))
                answered += part
                peer.write(part)
                run.exchange(with: peer) { Int.random(in: 1...$0, using: &random) }
            }
            #expect(peer.plaintext == sent, "seed \(random.seed)")
            #expect(run.plaintext == answered, "seed \(random.seed)")
            #expect(run.fault == nil && run.engine.isQuiet, "seed \(random.seed)")
        }
    }

    @Test("Full records while more is written, the rest at the end")
    func recordSizes() throws {
        var run = try contexts.connecting()
        let peer = try rawServer()
        run.exchange(with: peer)
        for _ in 0..<5 { try run.engine.write(ByteBuffer(repeating: 7, count: 8 * 1024)) }
        #expect(run.engine.outboundCount > 32 * 1024, "two full records need no flush")
        try run.engine.seal()
        run.collect()
        var lengths: [Int] = []
        var rest = run.output[...]
        while rest.count >= 5 {
            let head = Array(rest.prefix(5))
            let length = Int(head[3]) << 8 | Int(head[4])
            lengths.append(length)
            rest = rest.dropFirst(5 + length)
        }
        // 17 bytes more each: the tag, and what kind of record it is.
        #expect(lengths == [16_384 + 17, 16_384 + 17, 8192 + 17])
    }

    @Test("A part of a record that came unasked is noticed before it is whole")
    func partialRecord() throws {
        var run = try contexts.connecting()
        let peer = try rawServer(.init(hasTickets: false))
        run.exchange(with: peer)
        #expect(run.engine.isQuiet)
        peer.write(Array("HTTP/1.1 200 OK\r\n\r\n".utf8))
        let record = peer.takeOutput()
        for count in 1..<record.count {
            var other = try contexts.connecting()
            let otherPeer = try rawServer(.init(hasTickets: false))
            other.exchange(with: otherPeer)
            otherPeer.write(Array("HTTP/1.1 200 OK\r\n\r\n".utf8))
            other.feed(Array(otherPeer.takeOutput().prefix(count)))
            #expect(other.plaintext.isEmpty && !other.engine.isQuiet, "\(count) bytes")
        }
    }

    @Test("The end of the transport without close_notify is a truncation, behind it none")
    func truncation() throws {
        for closes in [true, false] {
            var run = try contexts.connecting()
            let peer = try rawServer()
            #expect(run.engine.transportEnded() == .closedInHandshake)
            run.exchange(with: peer)
            peer.write([1, 2, 3])
            if closes { peer.shutDown() }
            run.exchange(with: peer)
            #expect(run.plaintext == [1, 2, 3])
            #expect(run.engine.peerHasClosed == closes)
            #expect(run.engine.transportEnded() == (closes ? nil : .truncated))
        }
    }

    @Test("After the peer's close_notify writing goes on; after our own the peer's data still comes")
    func halfClose() throws {
        var run = try contexts.connecting()
        let peer = try rawServer()
        run.exchange(with: peer)
        try run.engine.closeOutput()
        run.collect()
        peer.feed(run.takeOutput())
        #expect(peer.sawClose)
        peer.write([9])
        run.exchange(with: peer)
        #expect(run.plaintext == [9])

        var other = try contexts.connecting()
        let otherPeer = try rawServer()
        other.exchange(with: otherPeer)
        otherPeer.shutDown()
        other.exchange(with: otherPeer)
        try other.write([8])
        otherPeer.feed(other.takeOutput())
        #expect(otherPeer.plaintext == [8])
    }

    @Test("What came before a broken record is read before the fault")
    func brokenRecord() throws {
        var run = try contexts.connecting()
        let peer = try rawServer()
        run.exchange(with: peer)
        peer.write([1])
        var record = peer.takeOutput()
        peer.write([2])
        var broken = peer.takeOutput()
        broken[broken.count - 1] ^= 1
        record += broken
        run.feed(record)
        #expect(run.plaintext == [1])
        #expect(run.fault == .malformed)
        #expect(!run.output.isEmpty, "the alert that tells the peer")
    }

    @Test(
        "Garbage and plain HTTP are no TLS",
        arguments: ["HTTP/1.1 400 Bad Request\r\n\r\n", "\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}"]
    )
    func noTLS(text: String) throws {
        var run = try contexts.connecting()
        run.feed([])
        run.feed(Array(text.utf8))
        #expect(run.fault == .notTLS)
        #expect(!run.engine.isOpen)
    }

    @Test("Plain HTTP sent to the server's end is no TLS")
    func plainRequest() throws {
        var run = EngineRun(try TLSEngine(server: contexts.server))
        run.feed(Array("GET / HTTP/1.1\r\nhost: x\r\n\r\n".utf8))
        #expect(run.fault == .notTLS)
    }

    @Test("Versions before TLS 1.2 are refused by both ends", arguments: [TLS1_VERSION, TLS1_1_VERSION])
    func oldVersions(version: CInt) throws {
        let options = RawPeer.Options(lowest: version, highest: version, isWeak: true)
        var run = try contexts.connecting()
        let server = try rawServer(options)
        run.exchange(with: server)
        #expect(run.fault == .protocolVersion && !run.engine.isOpen)
        #expect(!server.isOpen)

        var accepting = EngineRun(try TLSEngine(server: contexts.server))
        let client = try RawPeer.client(options)
        accepting.exchange(with: client)
        #expect(accepting.fault == .protocolVersion && !accepting.engine.isOpen)
        #expect(!client.isOpen)
    }

    @Test("ALPN agrees on http/1.1, refuses others, and can be left out")
    func applicationProtocols() throws {
        func offer(_ names: [String]) throws -> (EngineRun, RawPeer) {
            var run = EngineRun(try TLSEngine(server: contexts.server))
            let wire = names.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
            let peer = try RawPeer.client(.init(protocols: wire))
            run.exchange(with: peer)
            return (run, peer)
        }
        #expect(try offer(["h2", "http/1.1"]).0.engine.applicationProtocol == "http/1.1")
        let none = try offer([]).0
        #expect(none.engine.isOpen && none.engine.applicationProtocol == nil)
        let (refusing, peer) = try offer(["h2", "spdy/3"])
        #expect(refusing.fault == .noApplicationProtocol)
        #expect(peer.failure != nil)

        // Between both of our own.
        var client = try contexts.connecting()
        var server = EngineRun(try TLSEngine(server: contexts.server))
        connect(&client, &server)
        #expect(client.engine.applicationProtocol == "http/1.1")
        #expect(server.engine.applicationProtocol == "http/1.1")
    }
}

/// Lets two engines talk until both are silent.
func connect(_ client: inout EngineRun, _ server: inout EngineRun) {
    client.feed([])
    while true {
        let question = client.takeOutput()
        server.feed(question)
        let answer = server.takeOutput()
        client.feed(answer)
        if question.isEmpty, answer.isEmpty { return }
    }
}

import Cryptography
import NIOCore
import TLS
import TestCertificates
import Testing

@testable import Gateway

@Suite("A service behind TLS")
struct ServiceTLSTests {
    private static let world = Result { try World() }

    /// An authority, a good certificate for 127.0.0.1, and one for the gateway.
    private struct World: Sendable {
        let root: TestAuthority
        let good: TestCertificate
        let client: TestCertificate
        let folder: TestFolder
        let ca: String

        init() throws {
            root = try TestAuthority()
            good = try root.issue(.init(names: "IP:127.0.0.1"))
            client = try root.issue(.init(names: "DNS:gateway.test"))
            folder = try TestFolder()
            ca = try folder.file("ca.pem", root.certificate.pem)
        }
    }

    private func members(_ tls: String = "", timeouts: String = #"{"keepAlive":"60s"}"#) throws -> [String: String] {
        ["tls": #"{"ca":"\#(try Self.world.get().ca)"\#(tls)}"#, "timeouts": timeouts]
    }

    /// Runs a gateway with one route to the service at that port.
    @discardableResult
    private func run(
        port: Int,
        _ members: [String: String],
        _ body: @Sendable (TestGateway) async throws -> Void
    ) async throws -> [String] {
        let service = TestService(targets: ["https://127.0.0.1:\(port)"], members: members)
        return try await TestGateway.run(services: ["s": service], body)
    }

    @Test("answers over one connection, and sees the client's own protocol")
    func good() async throws {
        let identity = try Self.world.get().good.certified()
        let service = try await TLSService.start(identity, answer: Array(ok("secret").utf8))
        try await run(port: service.port, try members()) { gateway in
            let client = try gateway.client()
            for _ in 0..<5 {
                let response = try client.get("/x?q=1")
                #expect(response.status == 200 && response.text == "secret")
            }
            let posted = try client.request("POST", "/y", body: String(repeating: "b", count: 50_000))
            #expect(posted.status == 200)
        }
        let log = service.log
        #expect(log.connections == 1 && log.handshakes == 1)
        #expect(log.heads.count == 6 && log.bodyBytes == 50_000)
        let head = try #require(log.heads.first).lowercased()
        #expect(head.hasPrefix("get /x?q=1 http/1.1\r\n"))
        #expect(head.contains("\r\nhost: 127.0.0.1:\(service.port)\r\n"))
        #expect(head.contains("\r\nx-forwarded-proto: http\r\n"))
        try await service.stop()
    }

    @Test("passes a body of many records byte for byte, to a client that reads slowly too")
    func large() async throws {
        let body = String((0..<(4 << 20)).map { Character(Unicode.Scalar(UInt8(33 + $0 % 89))) })
        let service = try await TLSService.start(
            try Self.world.get().good.certified(),
            answer: Array(ok(body).utf8)
        )
        try await run(port: service.port, try members()) { gateway in
            let response = try gateway.client().get("/")
            #expect(response.text == body)
            let slow = try gateway.client(receiveBuffer: 8192).get("/")
            #expect(slow.text == body)
        }
        try await service.stop()
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        var names = "IP:127.0.0.1"
        var ends = 3600
        var signer = Signer.root
        var tls = ""
        var word: String
        enum Signer { case root, other, itself }
        var testDescription: String { word }
    }

    @Test(
        "whose certificate does not verify is 30000 UPSTREAM_CONNECT, and the log says why",
        arguments: [
            Refusal(ends: -60, word: "certificate_expired"),
            Refusal(names: "IP:127.0.0.2", word: "name_mismatch"),
            Refusal(tls: #","serverName":"orders.internal""#, word: "name_mismatch"),
            Refusal(signer: .other, word: "unknown_authority"),
            Refusal(signer: .itself, word: "self_signed"),
        ]
    )
    func refused(_ test: Refusal) async throws {
        let request = TestAuthority.Request(names: test.names, ends: test.ends)
        let certificate =
            switch test.signer {
            case .root: try Self.world.get().root.issue(request)
            case .other: try TestAuthority(subject: "Other Root").issue(request)
            case .itself: try TestAuthority.selfSigned(request)
            }
        let service = try await TLSService.start(try certificate.certified(), answer: Array(ok().utf8))
        let lines = try await run(port: service.port, try members(test.tls)) { gateway in
            let client = try gateway.client()
            for body in [nil, "a body"] {
                let response = try client.request(body == nil ? "GET" : "POST", "/", body: body)
                response.expectFailure("UPSTREAM_CONNECT", status: 502)
                #expect(!response.text.contains("127.0.0.1") && !response.text.contains("certificate"))
            }
            #expect(try client.livesOn())
        }
        #expect(service.log.heads.isEmpty)
        #expect(lines.filter { $0.contains(#""close":"\#(test.word)""#) }.count == 2)
        try await service.stop()
    }

    @Test("is not reached where it speaks plain HTTP, or says nothing at all")
    func noTLS() async throws {
        let plain = try ScriptedService.start { peer in
            // As servers answer what they take for a broken request.
            try peer.send("HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n")
        }
        defer { plain.stop() }
        let lines = try await run(port: plain.port, try members()) { gateway in
            try gateway.client().get("/").expectFailure("UPSTREAM_CONNECT", status: 502)
        }
        #expect(lines.contains { $0.contains(#""close":"not_tls""#) })

        let silent = try ScriptedService.start { peer in _ = try peer.readToEnd() }
        defer { silent.stop() }
        let begin = TestClock.milliseconds()
        try await run(port: silent.port, try members(timeouts: #"{"tls":"200ms"}"#)) { gateway in
            try gateway.client().get("/").expectFailure("UPSTREAM_TIMEOUT", status: 504)
            try silent.waitForEnds(1)
        }
        #expect(TestClock.milliseconds() - begin >= 200)
    }

    @Test("that closes in the middle of the handshake is UPSTREAM_CONNECT")
    func closedInHandshake() async throws {
        let service = try ScriptedService.start { peer in _ = try peer.readBody(5) }
        defer { service.stop() }
        try await run(port: service.port, try members()) { gateway in
            let client = try gateway.client()
            try client.get("/").expectFailure("UPSTREAM_CONNECT", status: 502)
            #expect(try client.livesOn())
        }
    }

    @Test("whose body ends with the connection is whole with close_notify, and cut without")
    func truncation() async throws {
        let answer = Array("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nhalf of it".utf8)
        let identity = try Self.world.get().good.certified()
        let whole = try await TLSService.start(identity, answer: answer, then: .closeNotify)
        try await run(port: whole.port, try members()) { gateway in
            let response = try gateway.client().get("/")
            #expect(response.status == 200 && response.text == "half of it")
        }
        let cut = try await TLSService.start(identity, answer: answer, then: .cut)
        let lines = try await run(port: cut.port, try members()) { gateway in
            let client = try gateway.client()
            try client.sendRequest("GET", "/")
            #expect(try client.readCut() == Array("half of it".utf8))
        }
        #expect(lines.count == 1)
        try await whole.stop()
        try await cut.stop()
    }

    @Test("that ends each connection gets short handshakes after the first")
    func resumption() async throws {
        let service = try await TLSService.start(
            try Self.world.get().good.certified(),
            answer: Array(ok("x", fields: ["connection: close"]).utf8),
            then: .closeNotify
        )
        try await run(port: service.port, try members()) { gateway in
            // One connection of the client is one worker, and a cache belongs to a worker.
            let client = try gateway.client()
            for _ in 0..<6 { #expect(try client.get("/").status == 200) }
        }
        let log = service.log
        #expect(log.handshakes == 6)
        #expect(log.resumed == 5)
        try await service.stop()
    }

    @Test("that closed its idle connection without close_notify gets the next request over another one")
    func idleClose() async throws {
        let service = try await TLSService.start(
            try Self.world.get().good.certified(),
            answer: Array(ok("x").utf8),
            then: .cut
        )
        try await run(port: service.port, try members()) { gateway in
            let client = try gateway.client()
            for _ in 0..<10 { #expect(try client.get("/").status == 200) }
        }
        #expect(service.log.heads.count >= 10)
        try await service.stop()
    }

    @Test("whose second answer nobody asked for: the next request does not get it")
    func strayAnswer() async throws {
        let service = try await TLSService.start(
            try Self.world.get().good.certified(),
            answer: Array((ok("first") + ok("stray")).utf8)
        )
        try await run(port: service.port, try members()) { gateway in
            let client = try gateway.client()
            for _ in 0..<20 { #expect(try client.get("/").text == "first") }
        }
        #expect(service.log.connections == 20)
        try await service.stop()
    }

    @Test("that asks for a certificate takes the gateway's, and nobody else's")
    func clientCertificate() async throws {
        let world = try Self.world.get()
        let service = try await TLSService.start(
            try world.good.certified(),
            clients: try world.root.certificate.list,
            answer: Array(ok("known").utf8)
        )
        func certificate(_ name: String, _ certificate: TestCertificate) throws -> String {
            let chain = try world.folder.file(name + ".pem", certificate.pem)
            let key = try world.folder.file(name + ".key", certificate.key.pem)
            return #","clientCertificate":{"certificate":"\#(chain)","key":{"file":"\#(key)"}}"#
        }
        try await run(port: service.port, try members(certificate("gateway", world.client))) { gateway in
            let response = try gateway.client().get("/")
            #expect(response.text == "known")
        }
        let stranger = try TestAuthority(subject: "Other Root").issue()
        for tls in ["", try certificate("stranger", stranger)] {
            let lines = try await run(port: service.port, try members(tls)) { gateway in
                try gateway.client().get("/").expectFailure("UPSTREAM_CONNECT", status: 502)
            }
            #expect(lines.contains { $0.contains(#""close":"certificate_refused""#) })
        }
        #expect(service.log.heads.count == 1)
        try await service.stop()
    }

    @Test("is believed whatever it shows where nothing is verified")
    func unverified() async throws {
        let certificate = try TestAuthority.selfSigned()
        let service = try await TLSService.start(try certificate.certified(), answer: Array(ok("anybody").utf8))
        try await run(port: service.port, ["tls": #"{"verify":false}"#]) { gateway in
            let response = try gateway.client().get("/")
            #expect(response.text == "anybody")
        }
        try await service.stop()
    }
}

import HTTPWire
import NIOCore
import Testing

@testable import Gateway

@Suite("What is offered to a service, and what it may accept")
struct UpgradeOfferTests {
    private static func offer(_ fields: [String], line: String = "GET /ws HTTP/1.1") throws -> UpgradeOffer? {
        var buffer = ByteBuffer(string: ([line, "Host: h"] + fields).joined(separator: "\r\n") + "\r\n\r\n")
        var head = RequestHead()
        var parser = RequestParser()
        try #require(parser.parse(&buffer, into: &head) == .head)
        return UpgradeOffer(head, allowed: [Array("websocket".utf8), Array("chat/2".utf8)])
    }

    private static let offers: [(fields: [String], offered: [String]?)] = [
        (["Connection: Upgrade", "Upgrade: websocket"], ["websocket"]),
        (["Connection: keep-alive, UPGRADE", "Upgrade: WebSocket"], ["websocket"]),
        (["Connection: upgrade", "Upgrade: h2c, websocket"], ["websocket"]),
        (["Connection: upgrade", "Upgrade: chat/2 ,\twebsocket"], ["chat/2", "websocket"]),
        (["Connection: upgrade", "Upgrade: h2c", "Upgrade: websocket"], ["websocket"]),
        (["Connection: upgrade", "Upgrade: websocket", "Upgrade: websocket"], ["websocket"]),
        // Not asked for on this connection, or not what the route allows.
        (["Upgrade: websocket"], nil),
        (["Connection: upgrade"], nil),
        (["Connection: upgrade", "Upgrade:"], nil),
        (["Connection: upgrade", "Upgrade: h2c"], nil),
        (["Connection: upgrade", "Upgrade: TLS/1.0"], nil),
        (["Connection: upgrade", "Upgrade: websocket/13"], nil),
        (["Connection: upgrade", "Upgrade: websocket h2c"], nil),
        (["Connection: upgrade", "Upgrade: \"websocket\""], nil),
        (["Connection: upgrade", "Upgrade: chat"], nil),
        (["Connection: upgrade", "Upgrade_: websocket"], nil),
        // With a body nobody could tell where it ends for the other protocol.
        (["Connection: upgrade", "Upgrade: websocket", "Content-Length: 5"], nil),
        (["Connection: upgrade", "Upgrade: websocket", "Transfer-Encoding: chunked"], nil),
    ]

    @Test("the protocols that the route allows, and no others", arguments: offers)
    func offered(fields: [String], offered: [String]?) throws {
        let offer = try Self.offer(fields)
        let names = offer?.protocols.map { String(decoding: $0, as: UTF8.self) }
        #expect(names.map(Set.init) == offered.map(Set.init))
    }

    @Test("a WebSocket begins with GET of HTTP/1.1")
    func methods() throws {
        let fields = ["Connection: upgrade", "Upgrade: websocket"]
        #expect(try Self.offer(fields, line: "GET /ws HTTP/1.0") == nil)
        #expect(try Self.offer(fields, line: "HEAD /ws HTTP/1.1") == nil)
        #expect(try Self.offer(fields, line: "POST /ws HTTP/1.1") == nil)
        let other = try Self.offer(["Connection: upgrade", "Upgrade: chat/2, websocket"], line: "POST /a HTTP/1.1")
        #expect(other?.protocols == [Array("chat/2".utf8)])
    }

    private static let answers: [(fields: [String], isAccepted: Bool)] = [
        (["Connection: Upgrade", "Upgrade: websocket"], true),
        (["Connection: upgrade", "Upgrade: WebSocket", "Sec-WebSocket-Accept: x"], true),
        (["Upgrade: websocket"], false),
        (["Connection: close", "Upgrade: websocket"], false),
        (["Connection: upgrade"], false),
        (["Connection: upgrade", "Upgrade:"], false),
        (["Connection: upgrade", "Upgrade: h2c"], false),
        (["Connection: upgrade", "Upgrade: chat/2"], false),
        (["Connection: upgrade", "Upgrade: websocket, h2c"], false),
        (["Connection: upgrade", "Upgrade: websocket, websocket"], false),
        (["Connection: upgrade", "Upgrade: websocket", "Upgrade: h2c"], false),
        (["Connection: upgrade", "Upgrade: websocket", "Upgrade: websocket"], false),
        (["Connection: upgrade", "Upgrade: websocket", "up.grade: h2c"], true),
        (["Connection: upgrade", "Upgrade: websocket", "Content-Length: 0"], false),
        (["Connection: upgrade", "Upgrade: websocket", "Content-Length: 20"], false),
        (["Connection: upgrade", "Upgrade: websocket", "Transfer-Encoding: chunked"], false),
    ]

    @Test("exactly one of those that were offered", arguments: answers)
    func accepted(fields: [String], isAccepted: Bool) throws {
        let offer = try #require(try Self.offer(["Connection: upgrade", "Upgrade: websocket"]))
        for version in ["1.1", "1.0"] {
            let text = (["HTTP/\(version) 101 Switching Protocols"] + fields).joined(separator: "\r\n") + "\r\n\r\n"
            var buffer = ByteBuffer(string: text)
            var head = ResponseHead()
            var parser = ResponseParser()
            guard parser.parse(&buffer, requestMethod: .get, into: &head) == .head else {
                // Refused already.
                #expect(!isAccepted || version == "1.0")
                continue
            }
            let name = offer.accepted(by: head)
            #expect(name == (isAccepted && version == "1.1" ? UpgradeOffer.webSocket : nil))
        }
    }
}

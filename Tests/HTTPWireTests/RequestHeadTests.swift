import NIOCore
import Testing

@testable import HTTPWire

@Suite("A request head, once parsed")
struct RequestHeadTests {
    private static let text =
        "GET /a HTTP/1.1\r\nHost: h\r\nX_Request_Id: fake\r\nAuthorization: Bearer t\r\nX-Request-ID: 1\r\nx-request-id: 2\r\n\r\n"

    private func head(_ buffer: inout ByteBuffer) -> RequestHead {
        var parser = RequestParser()
        var head = RequestHead()
        let result = parser.parse(&buffer, into: &head)
        #expect(result == .head)
        return head
    }

    @Test("finds the first line of a name and never an alias")
    func lookUp() {
        var buffer = ByteBuffer(string: Self.text)
        let head = self.head(&buffer)
        #expect(head.firstIndex(of: .authorization) == 2)
        #expect(head.firstIndex(of: .xRequestID) == 3)
        #expect(head.firstIndex(of: .cookie) == nil)
        #expect(head.has(.host) && !head.has(.cookie))
        #expect(head.firstValue(of: .authorization).map { head.arena.text($0) } == "Bearer t")
        #expect(head.firstValue(of: .unknown) == nil)
    }

    @Test("borrows the read buffer and copies only when detached")
    func detaching() {
        var buffer = ByteBuffer(string: Self.text + "body")
        var head = self.head(&buffer)
        let address = { (bytes: ByteBuffer) in bytes.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) } }
        #expect(address(buffer) == address(head.arena) + UInt(head.arena.readableBytes))
        let detached = head.detached()
        #expect(address(detached.arena) != address(head.arena))
        #expect(detached.summary == head.summary)
        head.release()
        #expect(head.arena.readableBytes == 0 && head.fields.isEmpty && !head.has(.host))
        #expect(detached.arena.text(detached.target) == "/a")
    }

    @Test("keeps the room for fields from one request to the next")
    func capacity() {
        var parser = RequestParser()
        var head = RequestHead()
        var buffer = ByteBuffer(string: Self.text)
        _ = parser.parse(&buffer, into: &head)
        head.release()
        let capacity = head.fields.capacity
        #expect(capacity >= 5)
        buffer.writeString(Self.text)
        _ = parser.parse(&buffer, into: &head)
        #expect(head.fields.count == 5 && head.fields.capacity == capacity)
    }

    @Test("takes another query, longer or shorter, and goes out with it", arguments: ["abcdefgh", "a", "", "abc"])
    func query(_ query: String) {
        var parser = RequestParser()
        var head = RequestHead()
        var buffer = ByteBuffer(string: "GET /p?abc HTTP/1.1\r\nHost: h\r\nA: b\r\n\r\nGET")
        let result = parser.parse(&buffer, into: &head)
        #expect(result == .head)
        head.replaceQuery(with: Array(query.utf8))
        #expect(head.query.map { head.arena.text($0) } ?? "" == query)
        // Once more, in the place that the first one got.
        head.replaceQuery(with: Array(query.utf8.dropLast()))
        #expect(head.query.map { head.arena.text($0) } ?? "" == query.dropLast())
        #expect(head.arena.text(head.path) == "/p" && head.firstValue(of: .host).map { head.arena.text($0) } == "h")
        #expect(head.detached().query.map { head.arena.text($0) } ?? "" == query.dropLast())
        #expect(String(buffer: buffer) == "GET")
    }

    @Test("stays refused once it is")
    func terminal() {
        var parser = RequestParser()
        var head = RequestHead()
        var buffer = ByteBuffer(string: "GET /\u{1} HTTP/1.1\r\n\r\n")
        let first = parser.parse(&buffer, into: &head)
        #expect(first == .fault(.illegalTargetByte))
        var good = ByteBuffer(string: Self.text)
        let second = parser.parse(&good, into: &head)
        #expect(second == .fault(.illegalTargetByte))
        #expect(good.readableBytes == Self.text.utf8.count)
    }

    @Test("says whether it has begun, for the time-out that applies")
    func begun() {
        var parser = RequestParser()
        var head = RequestHead()
        var buffer = ByteBuffer(string: "\r\n")
        _ = parser.parse(&buffer, into: &head)
        #expect(!parser.hasBegun && buffer.readableBytes == 0)
        buffer.writeString("GET")
        _ = parser.parse(&buffer, into: &head)
        #expect(parser.hasBegun)
        buffer.writeString(String(Self.text.dropFirst(3)))
        _ = parser.parse(&buffer, into: &head)
        #expect(!parser.hasBegun)
    }
}

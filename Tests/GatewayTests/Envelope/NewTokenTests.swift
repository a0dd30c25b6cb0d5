import HTTPWire
import JSON
import NIOCore
import Testing

@testable import Gateway

@Suite("A token that comes along with an answer")
struct NewTokenTests {
    private static let token = NewToken("aaa.bbb.ccc", expiresIn: 7200)

    @Test("stands in the fields of the contract, for no cache to keep")
    func fields() {
        #expect(
            String(buffer: Self.token.fields.lines)
                == "x-auth-token: aaa.bbb.ccc\r\nx-auth-expires-in: 7200\r\ncache-control: private, no-store\r\n"
        )
    }

    @Test("is a member of the envelope, of a success as of a failure", arguments: [nil, ErrorCode.upstreamTimeout])
    func envelope(_ reason: ErrorCode?) throws {
        var answer = reason.map { LocalReply($0) } ?? LocalReply(success: Array("{}".utf8))
        answer.newToken = Self.token
        let id = Array("id-1".utf8)
        var out = ByteBuffer()
        EnvelopeBody.write(answer, requestID: id.span, into: &out)
        let envelope = try JSONReader(duplicates: .reject).read(Array(out.readableBytesView))
        #expect(envelope["auth"]?["token"]?.string == "aaa.bbb.ccc")
        #expect(envelope["auth"]?["expiresIn"]?.integer == 7200)
    }

    @Test("is a member of the wrapped body, behind the data")
    func wrapped() throws {
        var wrapper = SuccessWrapper()
        var out = ByteBuffer()
        wrapper.start(into: &out)
        #expect(wrapper.consume(ByteBuffer(string: #"{"a":1}"#), into: &out))
        #expect(wrapper.finish(newToken: Self.token, into: &out))
        #expect(
            String(buffer: out)
                == #"{"code":10000,"msg":"Success!","data":{"a":1},"auth":{"token":"aaa.bbb.ccc","expiresIn":7200}}"#
        )
    }

    @Test("nothing prints it")
    func silence() {
        var dumped = ""
        dump(Self.token, to: &dumped)
        for text in ["\(Self.token)", String(reflecting: Self.token), dumped] { #expect(!text.contains("aaa")) }
    }
}

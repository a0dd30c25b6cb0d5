import Gateway
import JSON
import NIOCore
import RandomJSON
import Testing

@Suite("A wrapped success can't break out of its envelope")
struct SuccessWrapperTests {
    /// What went out, and whether the wrap was closed.
    private func wrapped(_ pieces: [[UInt8]], isDelimited: Bool = true) -> (text: String, isComplete: Bool) {
        var wrapper = SuccessWrapper(isDelimited: isDelimited)
        var output = ByteBuffer()
        wrapper.start(into: &output)
        for piece in pieces {
            let before = output.readableBytes
            guard wrapper.consume(ByteBuffer(bytes: piece), into: &output) else {
                #expect(output.readableBytes == before)
                return (String(buffer: output), false)
            }
        }
        let isComplete = wrapper.finish(into: &output)
        return (String(buffer: output), isComplete)
    }

    @Test(arguments: [
        "1", "\"x\"", "null", "[1,2]", #"{"code":1,"data":{}}"#, " {\n} \r\n", #""}\"""#, "1e5", "\n\t \r\n\n 1",
    ])
    func oneValueIsWrapped(text: String) throws {
        let bytes = text.bytes
        for split in 0...bytes.count {
            let (output, isComplete) = wrapped([Array(bytes[..<split]), Array(bytes[split...])])
            #expect(isComplete)
            #expect(output == #"{"code":10000,"msg":"Success!","data":\#(text)}"#)
            #expect(output.utf8.count == SuccessWrapper.prefixCount + bytes.count + SuccessWrapper.suffixCount)
        }
    }

    @Test(arguments: [
        #"1},"code":1"#, #"1},"code":20003,"x":{"#, #"1,"code":1"#, #"{}},{"a":1"#, "1 2", "1}", "1]", "{",
        "[1",
        #""a"#, #""a\"#, "tru", "<html>", "{}{}", "1//", "\u{FEFF}{}", #"{"a":1},"relogin":true"#, "\"\u{0}\"",
    ])
    func anythingElseIsNeverCompleted(text: String) {
        let bytes = text.bytes
        for split in 0...bytes.count {
            let (output, isComplete) = wrapped([Array(bytes[..<split]), Array(bytes[split...])])
            #expect(!isComplete)
            #expect((try? parsed(output)) == nil, "looks complete: \(output)")
        }
    }

    @Test func depthIsLimited() {
        let deep = { (depth: Int) in
            (String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).bytes
        }
        #expect(wrapped([deep(128)]).isComplete)
        #expect(!wrapped([deep(129)]).isComplete)
        #expect(!wrapped([deep(1_000_000)]).isComplete)
    }

    @Test(arguments: ["", " ", "  \r", "\n\n\n\n", String(repeating: " \t\r\n", count: 25)])
    func noValueBecomesNull(text: String) {
        let bytes = text.bytes
        for split in 0...bytes.count {
            let (output, isComplete) = wrapped([Array(bytes[..<split]), Array(bytes[split...])])
            #expect(isComplete)
            // As long as announced, where a length may be.
            let length = max(bytes.count, SuccessWrapper.nullCount)
            #expect(output.utf8.count == SuccessWrapper.prefixCount + length + SuccessWrapper.suffixCount)
            let blanks = String(decoding: bytes.prefix(length - SuccessWrapper.nullCount), as: UTF8.self)
            #expect(output == #"{"code":10000,"msg":"Success!","data":\#(blanks)null}"#)
            #expect(!wrapped([Array(bytes[..<split]), Array(bytes[split...])], isDelimited: false).isComplete)
        }
        let single = wrapped(bytes.map { [$0] })
        #expect(single.isComplete && single.text == wrapped([bytes]).text)
    }

    @Test func noContentBecomesNull() {
        var output = ByteBuffer()
        SuccessWrapper.nullBody(into: &output)
        #expect(String(buffer: output) == #"{"code":10000,"msg":"Success!","data":null}"#)
    }

    @Test func buffersCanBePassedOnUncopied() {
        var wrapper = SuccessWrapper()
        var slice = ByteBuffer(string: "xx[1]xx")
        slice.moveReaderIndex(forwardBy: 2)
        slice.moveWriterIndex(to: 5)
        let forwarded = [slice, ByteBuffer(string: "]"), ByteBuffer(string: " ")].map { wrapper.accept($0) }
        #expect(forwarded == [slice, nil, nil])
        var output = ByteBuffer()
        let isComplete = wrapper.finish(into: &output)
        #expect(!isComplete)
        #expect(output.readableBytes == 0)
    }

    @Test func randomBodiesComeOutWithExactlyTheMembersWanted() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = RandomJSON(seed: seed)
        for _ in 0..<300 {
            let text = random.text()
            let bytes = text.bytes
            for split in 0...bytes.count {
                let (output, isComplete) = wrapped([Array(bytes[..<split]), Array(bytes[split...])])
                #expect(isComplete && output == #"{"code":10000,"msg":"Success!","data":\#(text)}"#, "seed \(seed)")
            }
            let root = try parsed(wrapped([bytes]).text)
            #expect(root.members?.map(\.name) == ["code", "msg", "data"], "seed \(seed): \(text)")
            let damaged = random.damaged(text)
            let cuts = pieces(of: damaged, using: &random.generator)
            let (output, isComplete) = wrapped(cuts)
            let reader = JSONReader(duplicates: .keepLast, unpairedSurrogates: .replace, maximumDepth: 130)
            let read = try? reader.read(output.bytes)
            #expect((read != nil) == isComplete, "seed \(seed): \(damaged)")
            if let read { #expect(read.members?.map(\.name) == ["code", "msg", "data"], "seed \(seed): \(damaged)") }
        }
    }
}

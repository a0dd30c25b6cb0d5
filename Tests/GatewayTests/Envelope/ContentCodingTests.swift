import CZlib
import Gateway
import NIOCore
import RandomJSON
import Testing

/// Deflates with zlib. windowBits: 31 gzip, 15 zlib, -15 raw.
private func deflated(_ bytes: [UInt8], windowBits: Int32 = 31) -> [UInt8] {
    var bytes = bytes
    var stream = z_stream()
    return withUnsafeMutablePointer(to: &stream) { stream in
        guard
            deflateInit2_(
                stream,
                9,
                Z_DEFLATED,
                windowBits,
                8,
                Z_DEFAULT_STRATEGY,
                ZLIB_VERSION,
                Int32(MemoryLayout<z_stream>.size)
            ) == Z_OK
        else { return [] }
        defer { deflateEnd(stream) }
        let bound = Int(deflateBound(stream, UInt(bytes.count)))
        return [UInt8](unsafeUninitializedCapacity: bound) { output, count in
            bytes.withUnsafeMutableBufferPointer { input in
                stream.pointee.next_in = input.baseAddress
                stream.pointee.avail_in = UInt32(input.count)
                stream.pointee.next_out = output.baseAddress
                stream.pointee.avail_out = UInt32(bound)
                _ = deflate(stream, Z_FINISH)
            }
            count = bound - Int(stream.pointee.avail_out)
        }
    }
}

@Suite("An encoded failure body is decoded within bounds")
struct ContentCodingTests {
    private static let undecodable = failure(
        #""data":{"error":{"message":"The service's response could not be decoded."}},"status":500"#
    )

    @Test(arguments: [("gzip", 31), (" X-GZip ", 31), ("deflate", 15), ("deflate", -15)] as [(String, Int32)])
    func knownCodingsAreUndone(coding: String, windowBits: Int32) {
        let bytes = deflated(#"{"a":"神"}"#.bytes, windowBits: windowBits)
        for split in 0...bytes.count {
            let text = captured(
                [Array(bytes[..<split]), Array(bytes[split...])],
                coding: coding,
                length: bytes.count
            )
            #expect(text == failure(#""data":{"a":"神"},"status":500"#))
        }
    }

    @Test(arguments: ["identity", "", " Identity "]) func noCodingIsNone(coding: String) {
        #expect(captured(["{}".bytes], coding: coding) == failure(#""data":{},"status":500"#))
    }

    @Test(arguments: ["br", "zstd", "compress", "gzip, gzip", "gzip, br", "x"]) func othersAreNotTried(coding: String) {
        #expect(captured(["{}".bytes], coding: coding) == Self.undecodable)
        #expect(captured([], coding: coding) == Self.undecodable)
    }

    @Test func anEmptyBodyHasNothingToDecode() {
        #expect(captured([], coding: "gzip") == failure(#""data":"","status":500"#))
        #expect(captured([deflated([])], coding: "gzip") == failure(#""data":"","status":500"#))
    }

    @Test func membersOfAGzipFileAreJoined() {
        let bytes = deflated("[1,".bytes) + deflated("2]".bytes)
        #expect(captured([bytes], coding: "gzip") == failure(#""data":[1,2],"status":500"#))
        #expect(captured([bytes + [0, 0]], coding: "gzip") == failure(#""data":[1,2],"status":500"#))
    }

    @Test func whatIsCutIsMarkedAndWhatIsBrokenIsNotShown() {
        let bytes = deflated(String(repeating: "abc,", count: 50).bytes)
        for cut in 1..<bytes.count {
            let text = captured([Array(bytes[..<cut])], coding: "gzip")
            #expect(text == Self.undecodable || text.contains(#","status":500,"truncated":true}"#), "cut at \(cut)")
        }
        #expect(captured(["<html>".bytes], coding: "gzip") == Self.undecodable)
        #expect(captured(["<html>".bytes], coding: "deflate") == Self.undecodable)
        #expect(captured([[0x78]], coding: "deflate") == Self.undecodable)
        var broken = bytes
        broken[broken.count - 5] ^= 1
        #expect(captured([broken], coding: "gzip").contains(#""truncated":true"#))
    }

    @Test func aLargeBodyIsCutAfterDecoding() throws {
        let start = String(repeating: "0123456789abcdef", count: 4096)
        let exact = captured([deflated(start.bytes)], type: "text/plain", coding: "gzip")
        #expect(exact == failure(#""data":"\#(start)","status":500"#))
        let larger = captured([deflated((start + "x").bytes)], type: "text/plain", coding: "gzip")
        #expect(larger == failure(#""data":"\#(start)","status":500,"truncated":true"#))
    }

    @Test func incompressibleContentFits() throws {
        var generator = SeededGenerator(seed: 1)
        let text = String(
            (0..<65536).map { _ in Character(Unicode.Scalar(UInt8.random(in: 35...91, using: &generator))) }
        )
        #expect(
            captured([deflated(text.bytes)], type: "text/plain", coding: "gzip")
                == failure(#""data":"\#(text)","status":500"#)
        )
    }

    @Test(.timeLimit(.minutes(5)), arguments: [31, 15, -15] as [Int32]) func aBombStaysSmall(windowBits: Int32) {
        let bomb = deflated([UInt8](repeating: 0x20, count: 64 << 20), windowBits: windowBits)
        #expect(bomb.count < 80_000)
        let text = captured([bomb], type: "text/plain", coding: windowBits == 31 ? "gzip" : "deflate")
        let spaces = String(repeating: " ", count: 65536)
        #expect(text == failure(#""data":"\#(spaces)","status":500,"truncated":true"#))
    }

    @Test func manyEmptyMembersEnd() {
        let empty = deflated([])
        let bytes = Array(repeatElement(empty, count: 100_000).joined())
        let text = captured([bytes], coding: "gzip")
        #expect(text == Self.undecodable || text == failure(#""data":"","status":500"#))
    }
}

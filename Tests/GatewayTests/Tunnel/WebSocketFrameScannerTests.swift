import NIOCore
import RandomJSON
import Testing

@testable import Gateway

@Suite("WebSocket frames are followed")
struct WebSocketFrameScannerTests {
    /// Frames of all shapes, small enough to be cut everywhere.
    private static let shapes: [WebSocketFrame] = [
        WebSocketFrame(1, []), WebSocketFrame(2, [], mask: [1, 2, 3, 4]), .text("hello"),
        .text("hello", mask: [9, 8, 7, 6]), WebSocketFrame(1, [0x88, 0], final: false),
        WebSocketFrame(9, Array(repeating: 0x88, count: 125)), WebSocketFrame(0, Array(repeating: 7, count: 126)),
        WebSocketFrame(0x72, Array(repeating: 8, count: 300), mask: [0, 0, 0, 0]),
    ]

    /// What a walker that looks at one byte after the other says: after which bytes a frame ends.
    private static func borders(_ frames: [WebSocketFrame]) -> [Int] {
        var end = 0
        return frames.map { frame in
            end += frame.bytes.count
            return end
        }
    }

    @Test("at every split of every frame")
    func everySplit() {
        for frame in Self.shapes {
            let bytes = frame.bytes + WebSocketFrame.text("x").bytes
            for first in 0...bytes.count {
                for second in first...bytes.count where second - first < 12 {
                    var walker = WebSocketFrameScanner()
                    for part in [bytes[..<first], bytes[first..<second], bytes[second...]] {
                        let part = Array(part)
                        walker.scan(part.span)
                    }
                    #expect(walker.isAtFrameBoundary && !walker.isBroken && !walker.hasPassedClose)
                    var cut = WebSocketFrameScanner()
                    let head = Array(bytes[..<first])
                    cut.scan(head.span)
                    #expect(cut.isAtFrameBoundary == [0, frame.bytes.count, bytes.count].contains(first))
                }
            }
        }
    }

    @Test("in random order and random pieces, stopping at each border")
    func randomPieces() {
        var random = SeededGenerator()
        for round in 0..<300 {
            var frames: [WebSocketFrame] = []
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                let count = [0, 3, 125, 126, 127, 65535, 65536].randomElement(using: &random) ?? 0
                frames.append(
                    WebSocketFrame(
                        UInt8.random(in: 0...15, using: &random) & ~(round % 2 == 0 ? 8 : 0),
                        Array(repeating: UInt8.random(in: 0...255, using: &random), count: count),
                        final: Bool.random(using: &random),
                        mask: Bool.random(using: &random) ? [1, 2, 3, 4] : nil
                    )
                )
            }
            let bytes = frames.flatMap(\.bytes)
            let borders = Self.borders(frames)
            let closeEnd = zip(frames, borders).first { $0.0.opcode == 8 }?.1
            var walker = WebSocketFrameScanner()
            var found: [Int] = []
            var offset = 0
            while offset < bytes.count {
                let end = min(bytes.count, offset + Int.random(in: 1...70_000, using: &random))
                let part = Array(bytes[offset..<end])
                var place = 0
                while place < part.count {
                    place = walker.scanToFrameBoundary(part.span, from: place)
                    if walker.isAtFrameBoundary { found.append(offset + place) }
                    let hasClosed = closeEnd.map { offset + place >= $0 } ?? false
                    #expect(walker.hasPassedClose == hasClosed, "seed \(random.seed)")
                }
                offset = end
            }
            #expect(found == borders, "seed \(random.seed)")
        }
    }

    @Test("a length of 63 bits is counted, one of 64 cannot be followed", arguments: [false, true])
    func longest(masked: Bool) {
        let bit: UInt8 = masked ? 0x80 : 0
        var walker = WebSocketFrameScanner()
        let most: [UInt8] = [0x82, bit | 127, 0x7F] + Array(repeating: 0xFF, count: 7)
        walker.scan(most.span)
        #expect(!walker.isBroken && !walker.isAtFrameBoundary)
        let more = [UInt8](repeating: 0x88, count: 100_000)
        walker.scan(more.span)
        #expect(!walker.isBroken && !walker.isAtFrameBoundary && !walker.hasPassedClose)
        var other = WebSocketFrameScanner()
        let tooMuch: [UInt8] = [0x82, bit | 127, 0x80] + Array(repeating: 0, count: 7)
        for byte in tooMuch {
            let one = [byte]
            #expect(!other.isBroken)
            other.scan(one.span)
        }
        #expect(other.isBroken)
        other.scan(more.span)
        #expect(other.isBroken && !other.isAtFrameBoundary)
    }

    @Test("the gateway's own Close is one frame, masked for services alone")
    func ownClose() {
        for mask in [nil, 0x0102_03FA as UInt32] {
            let frame = WebSocketCloseFrame.make(code: 1008, reason: "token expired", mask: mask)
            let bytes = Array(frame.readableBytesView)
            var expected = WebSocketFrame(8, [0x03, 0xF0] + Array("token expired".utf8))
            if mask != nil { expected.mask = [1, 2, 3, 0xFA] }
            #expect(bytes == expected.bytes)
            var walker = WebSocketFrameScanner()
            walker.scan(bytes.span)
            #expect(walker.isAtFrameBoundary && walker.hasPassedClose)
        }
    }
}

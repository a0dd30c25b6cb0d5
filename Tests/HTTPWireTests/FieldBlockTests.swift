import NIOCore
import Testing

@testable import HTTPWire

@Suite("The fields that the gateway adds")
struct FieldBlockTests {
    private static func walk(_ block: FieldBlock) -> [String] {
        var result: [String] = []
        block.forEach { name, value in
            var (nameBytes, valueBytes) = (ByteBuffer(), ByteBuffer())
            nameBytes.writeBytes(name.bytes)
            valueBytes.writeBytes(value.bytes)
            result += [String(buffer: nameBytes), String(buffer: valueBytes)]
        }
        return result
    }

    @Test("are the same as lines and as names and values")
    func forms() {
        var block = FieldBlock()
        #expect(block.lines.readableBytes == 0 && Self.walk(block).isEmpty)
        block.append("a", "constant")
        block.append("b", Array("x: y, \u{E9}\tz".utf8).span)
        block.append("c") { $0.writeString("written") }
        block.append("d", "")
        block.append(Array("x-e".utf8).span, Array("named".utf8).span)
        var other = FieldBlock()
        other.append("f", "of another")
        block.append(other)
        block.lines.writeString("g: 1\r\nh: 2\r\n")
        #expect(
            String(buffer: block.lines)
                == "a: constant\r\nb: x: y, \u{E9}\tz\r\nc: written\r\nd: \r\nx-e: named\r\nf: of another\r\ng: 1\r\nh: 2\r\n"
        )
        #expect(
            Self.walk(block) == [
                "a", "constant", "b", "x: y, \u{E9}\tz", "c", "written", "d", "", "x-e", "named", "f", "of another",
                "g",
                "1", "h", "2",
            ]
        )
        block.clear()
        #expect(block.lines.readableBytes == 0 && Self.walk(block).isEmpty)
    }

    @Test("keep their room when they are cleared")
    func room() {
        var block = FieldBlock()
        block.append("a", "long enough to need some room of its own")
        let capacity = block.lines.storageCapacity
        for _ in 0..<3 {
            block.clear()
            block.append("b", "other")
        }
        #expect(block.lines.storageCapacity == capacity)
    }

    @Test(
        "that are no whole lines are found",
        arguments: [
            ("a: b\r\n", true), ("a: \r\n", true), ("a: b\r\nc: d\r\n", true), ("", true), ("a: b", false),
            ("a: b\n", false), ("a:b\r\n", false), ("A: b\r\n", false), ("a b: c\r\n", false), (": b\r\n", false),
            ("a\r\n", false), ("a: b\r\n\r\n", false), ("a: b\u{0}\r\n", false), ("a: b\rc\r\n", false), ("a", false),
            ("a:", false), ("\r\n", false),
        ]
    )
    func faults(_ lines: String, _ isWellFormed: Bool) {
        var block = FieldBlock()
        block.lines.writeString(lines)
        #expect(block.isWellFormed == isWellFormed)
    }
}

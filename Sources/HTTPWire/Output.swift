/// Checked appending to room that was reserved before.
package enum Output {
    /// Appends bytes. Traps if the output has no room for them: callers reserve the length of the whole head.
    @inlinable @inline(__always)
    package static func append(_ bytes: RawSpan, to out: inout OutputRawSpan) {
        let count = bytes.byteCount
        precondition(count <= out.freeCapacity, "a head is longer than the room reserved for it")
        out.withUnsafeMutableBytes { room, used in
            bytes.withUnsafeBytes { source in
                UnsafeMutableRawBufferPointer(rebasing: room[used..<(used &+ count)]).copyMemory(from: source)
            }
            used &+= count
        }
    }

    /// Appends text. Traps if the output has no room for it.
    @inlinable @inline(__always)
    package static func append(_ text: StaticString, to out: inout OutputRawSpan) {
        precondition(text.utf8CodeUnitCount <= out.freeCapacity, "a head is longer than the room reserved for it")
        out.withUnsafeMutableBytes { room, used in
            text.withUTF8Buffer { source in
                UnsafeMutableRawBufferPointer(rebasing: room[used..<(used &+ source.count)])
                    .copyMemory(from: UnsafeRawBufferPointer(source))
                used &+= source.count
            }
        }
    }

    /// Decimal digits without a String.
    @inline(__always)
    static func append(decimal value: UInt64, to out: inout OutputRawSpan) {
        var scale: UInt64 = 1
        while value / scale >= 10 { scale &*= 10 }
        while scale > 0 {
            out.append(Byte.zero &+ UInt8(truncatingIfNeeded: value / scale % 10))
            scale /= 10
        }
    }

    /// Makes the letters of the name at `start` lower case; it has been appended already.
    @inline(__always)
    static func lowercaseName(at start: Int, count: Int, in out: inout OutputRawSpan) {
        var bytes = out.mutableBytes
        var offset = start
        let end = start &+ count
        while offset < end, offset &+ 8 <= bytes.byteCount {
            let word = UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
            // Only the name's own bytes: what follows it is the value.
            let left = end &- offset
            let mask = left >= 8 ? UInt64.max : (1 &<< UInt64(truncatingIfNeeded: left &* 8)) &- 1
            let lower = word | SWAR.caseBits(word) & mask
            bytes.storeBytes(of: lower.littleEndian, toByteOffset: offset, as: UInt64.self)
            offset &+= 8
        }
        while offset < end {
            let byte = bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
            bytes.storeBytes(of: Byte.lowercased(byte), toByteOffset: offset, as: UInt8.self)
            offset &+= 1
        }
    }
}

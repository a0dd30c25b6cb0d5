import Glibc

extension ArraySlice<UInt8> {
    /// Whether the bytes are equal; not in constant time either.
    func isEqual(to bytes: [UInt8]) -> Bool { span.isEqual(to: bytes) }
}

extension Span<UInt8> {
    /// Whether the bytes are equal. Not in constant time: do not use it for secrets.
    @inline(__always)
    func isEqual(to bytes: [UInt8]) -> Bool { isEqual(to: bytes.span) }

    /// Whether the bytes are equal. Not in constant time.
    @inline(__always)
    func isEqual(to bytes: Span<UInt8>) -> Bool {
        guard count == bytes.count else { return false }
        return withUnsafeBytes { first in
            bytes.withUnsafeBytes { second in
                guard let address = first.baseAddress, let other = second.baseAddress else { return true }
                return memcmp(address, other, second.count) == 0
            }
        }
    }

    /// The index of the first such byte from `start` on, which may be one past the end.
    func firstIndex(of byte: UInt8, from start: Int) -> Int? {
        extracting(start..<count).withUnsafeBytes { rest in
            guard let address = rest.baseAddress, let found = memchr(address, Int32(byte), rest.count) else {
                return nil
            }
            return start + (UnsafeRawPointer(found) - address)
        }
    }
}

extension Span<UInt8> {
    /// Whether the bytes are `other` but for the case of ASCII letters; `other` is in lower case.
    func isEqual(toLowercase other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in indices {
            let byte = self[index]
            let lower = byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
            if lower != other[index] { return false }
        }
        return true
    }
}

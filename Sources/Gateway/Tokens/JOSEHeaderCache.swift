/// Headers of tokens with valid signatures: tokens of one signer all begin with the same text, which then needs no
/// decoding and parsing.
///
/// The meaning of a header depends on its text alone, and texts are compared completely, so a cached header equals a
/// parsed one. Only the holder of a key can add an entry.
struct JOSEHeaderCache {
    static let capacity = 8

    private var entries: [(text: [UInt8], header: JOSEHeader)] = []
    /// The oldest entry, once the cache is full.
    private var oldest = 0

    /// The header that a part of a token is.
    func header(_ text: Span<UInt8>) -> JOSEHeader? {
        for index in entries.indices where text.isEqual(to: entries[index].text) { return entries[index].header }
        return nil
    }

    /// Remembers a header that `header` does not know.
    mutating func remember(_ text: Span<UInt8>, _ header: JOSEHeader) {
        let entry = (text.withUnsafeBufferPointer { Array($0) }, header)
        if entries.count < Self.capacity {
            entries.append(entry)
        } else {
            entries[oldest] = entry
            oldest = (oldest + 1) % Self.capacity
        }
    }
}

/// Headers of tokens whose signature was good: the tokens that one signer makes all begin with the same text, which then
/// needs no decoding and no reading.
///
/// What a header says depends on its text alone, never on keys or rules, and texts are compared whole: a known header is
/// worth just what reading it again would be. Only who holds a key can have one remembered.
struct JOSEHeaderCache {
    static let capacity = 8

    private var entries: [(text: [UInt8], header: JOSEHeader)] = []
    /// The oldest entry, once there are as many as may be.
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

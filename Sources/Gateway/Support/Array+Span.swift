extension Array<UInt8> {
    /// Copies the bytes of a span that must outlive it.
    init(copying span: Span<UInt8>) {
        self = span.withUnsafeBufferPointer { Array($0) }
    }
}

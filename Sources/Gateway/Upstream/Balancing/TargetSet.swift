/// Targets of one service by their index, at most 64: one word, so that it can be read and changed as a whole.
struct TargetSet: Equatable, Sendable {
    var bits: UInt64

    init(bits: UInt64 = 0) { self.bits = bits }

    /// The first `count` of them.
    init(first count: Int) {
        bits = count >= 64 ? .max : (1 << UInt64(max(count, 0))) - 1
    }

    var isEmpty: Bool { bits == 0 }
    var count: Int { bits.nonzeroBitCount }

    func contains(_ index: Int) -> Bool { bits & TargetSet.bit(index) != 0 }
    mutating func insert(_ index: Int) { bits |= TargetSet.bit(index) }
    mutating func remove(_ index: Int) { bits &= ~TargetSet.bit(index) }
    func subtracting(_ other: TargetSet) -> TargetSet { TargetSet(bits: bits & ~other.bits) }

    /// The lowest index; nil where it is empty.
    var first: Int? { bits == 0 ? nil : bits.trailingZeroBitCount }

    /// Takes the lowest index out.
    mutating func popFirst() -> Int? {
        guard let index = first else { return nil }
        bits &= bits - 1
        return index
    }

    /// The index at that place of the order.
    func index(at position: Int) -> Int? {
        var rest = self
        for _ in 0..<max(position, 0) { _ = rest.popFirst() }
        return rest.first
    }

    private static func bit(_ index: Int) -> UInt64 { index >= 0 && index < 64 ? 1 << UInt64(index) : 0 }
}
